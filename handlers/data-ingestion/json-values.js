'use strict';

const { MAX_RECORD, jsonEntry, rejectEntry } = require('./entry');

const SPACE = /\s/;

/**
 * Cuts a JSON array, or JSON values one after the other, into their elements
 * without holding the whole. It only follows quotes and brackets; whether an
 * element is valid is for the JSON parser to say.
 */
class JsonValueSplitter {
  format = 'json';
  #arrayOpen = false;
  #started = false;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #parts = [];
  #kept = 0;
  #length = 0;
  #hasValue = false;
  #onFirstLine = true;

  #keep(text) {
    this.#length += text.length;
    if (this.#kept + text.length <= MAX_RECORD) {
      this.#parts.push(text);
      this.#kept += text.length;
    } else if (this.#kept <= MAX_RECORD) {
      this.#parts = [this.#parts.join('').slice(0, 2000) || text.slice(0, 2000)];
      this.#kept = MAX_RECORD + 1;
    }
  }

  #finish(entries) {
    const text = this.#parts.join('');
    const entry =
      this.#kept > MAX_RECORD
        ? rejectEntry('record-too-long', `at most ${MAX_RECORD} characters`, text, this.#length)
        : jsonEntry(text.trim());
    entries.push(entry);
    this.#parts = [];
    this.#kept = 0;
    this.#length = 0;
    this.#depth = 0;
    this.#hasValue = false;
    this.#inString = false;
    this.#escaped = false;
    this.#onFirstLine = true;
  }

  /** @returns {boolean} whether the character begins a value */
  #begins(character) {
    if (SPACE.test(character) || character === ',' || character === '\ufeff') return false;
    if (character === '[' && !this.#arrayOpen) {
      this.#arrayOpen = true;
      this.#started = true;
      return false;
    }
    if (character === ']') {
      this.#arrayOpen = false;
      return false;
    }
    this.#started = true;
    return true;
  }

  /** @returns {'within' | 'last' | 'after'} where the character stands in the value */
  #follow(character) {
    if (character === '\n') {
      // No string goes past a line end: one that seems to has lost its quote. An
      // element that keeps to its line ends there, and the next one is not lost.
      const broken = this.#inString && this.#onFirstLine;
      this.#inString = false;
      this.#escaped = false;
      this.#onFirstLine = false;
      if (broken) return 'after';
    }
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === '\\') this.#escaped = true;
      else if (character === '"') this.#inString = false;
      return 'within';
    }
    if (character === '"') this.#inString = true;
    else if (character === '{' || character === '[') this.#depth += 1;
    else if (this.#depth === 0) {
      if (character === ',' || character === ']' || SPACE.test(character)) return 'after';
    } else if (character === '}' || character === ']') {
      this.#depth -= 1;
      if (this.#depth === 0) return 'last';
    }
    return 'within';
  }

  /**
   * @param {string} text
   * @returns {import('./entry').Entry[]}
   */
  push(text) {
    const entries = [];
    let start = 0;
    for (let index = 0; index < text.length; index += 1) {
      if (!this.#hasValue) {
        if (!this.#begins(text[index])) continue;
        this.#hasValue = true;
        start = index;
      }
      const place = this.#follow(text[index]);
      if (place === 'within') continue;
      this.#keep(text.slice(start, place === 'last' ? index + 1 : index));
      this.#finish(entries);
      if (place === 'after') index -= 1;
    }
    if (this.#hasValue) this.#keep(text.slice(start));
    return entries;
  }

  /** @returns {import('./entry').Entry[]} */
  end() {
    const entries = [];
    if (this.#hasValue) this.#finish(entries);
    if (this.#started && this.#arrayOpen) {
      entries.push(rejectEntry('truncated', 'the source ends before its list does', ''));
    }
    return entries;
  }
}

module.exports = { JsonValueSplitter };
