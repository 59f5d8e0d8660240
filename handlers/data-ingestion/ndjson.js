'use strict';

const { MAX_RECORD, jsonEntry, rejectEntry } = require('./entry');

/** One JSON value a line; a line that is none costs only itself. */
class NdjsonSplitter {
  format = 'ndjson';
  #rest = '';
  #dropped = 0;

  #lineEntry(line) {
    if (this.#dropped > 0) {
      const characters = this.#dropped + line.length;
      const head = this.#rest;
      this.#dropped = 0;
      this.#rest = '';
      return rejectEntry('record-too-long', `at most ${MAX_RECORD} characters`, head, characters);
    }
    const text = (this.#rest + line).trim();
    this.#rest = '';
    if (text === '') return null;
    if (text.length > MAX_RECORD) {
      return rejectEntry('record-too-long', `at most ${MAX_RECORD} characters`, text);
    }
    return jsonEntry(text);
  }

  /**
   * @param {string} text
   * @returns {import('./entry').Entry[]}
   */
  push(text) {
    const lines = text.split('\n');
    const tail = lines.pop();
    const entries = lines.map((line) => this.#lineEntry(line)).filter(Boolean);
    if (this.#dropped > 0) this.#dropped += tail.length;
    else this.#rest += tail;
    if (this.#rest.length > MAX_RECORD) {
      this.#dropped = this.#rest.length;
      this.#rest = this.#rest.slice(0, 2000);
    }
    return entries;
  }

  /** @returns {import('./entry').Entry[]} */
  end() {
    return [this.#lineEntry('')].filter(Boolean);
  }
}

module.exports = { NdjsonSplitter };
