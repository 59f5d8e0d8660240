'use strict';

const { MAX_RECORD, rejectEntry } = require('./entry');
const { readRow } = require('./csv-row');

const DELIMITERS = [',', ';', '\t', '|'];
// How far an open quote may reach before it counts as a slip.
const MAX_ROW = MAX_RECORD / 4;

const countOf = (text, part) => text.split(part).length - 1;

/** @param {string} header the first line */
function sniffDelimiter(header) {
  const plain = header.replace(/"[^"]*"/g, '');
  return DELIMITERS.reduce((best, next) =>
    countOf(plain, next) > countOf(plain, best) ? next : best,
  );
}

/** Rows under a header become JSON objects of text; what the text means is data-transform's. */
class CsvSplitter {
  format = 'csv';
  #text = '';
  #delimiter = null;
  #names = null;

  #rowEntry({ fields, problem }, text) {
    if (problem) return rejectEntry('csv-quotes', problem, text);
    if (fields.length === 1 && fields[0].trim() === '') return null;
    if (!this.#names) {
      this.#names = fields.map((name, index) =>
        JSON.stringify(name.trim().toWellFormed() || `column_${index + 1}`),
      );
      return null;
    }
    if (fields.length !== this.#names.length) {
      const detail = `${fields.length} fields under ${this.#names.length} column names`;
      return rejectEntry('csv-fields', detail, text);
    }
    // Written by hand, because an object would keep one of two equal column names.
    const members = fields.map(
      (value, index) => `${this.#names[index]}:${JSON.stringify(value.toWellFormed())}`,
    );
    return { line: `{${members.join(',')}}` };
  }

  #read(final) {
    const entries = [];
    let at = 0;
    while (at < this.#text.length) {
      const overlong = this.#text.length - at > MAX_ROW;
      const row = readRow(this.#text, at, this.#delimiter, final);
      if (!row && !overlong) break;
      const next = row?.next ?? this.#givenUpAt(at);
      const text = this.#text.slice(at, next).trimEnd();
      const entry = row
        ? this.#rowEntry(row, text)
        : rejectEntry('csv-quotes', `a row of more than ${MAX_ROW} characters`, text);
      if (entry) entries.push(entry);
      at = next;
    }
    this.#text = this.#text.slice(at);
    return entries;
  }

  #givenUpAt(at) {
    const found = this.#text.indexOf('\n', at);
    return found < 0 ? this.#text.length : found + 1;
  }

  /**
   * @param {string} text
   * @returns {import('./entry').Entry[]}
   */
  push(text) {
    this.#text += text;
    if (!this.#delimiter) {
      this.#text = this.#text.trimStart();
      if (!this.#text.includes('\n')) return [];
      this.#delimiter = sniffDelimiter(this.#text.slice(0, this.#text.indexOf('\n')));
    }
    return this.#read(false);
  }

  /** @returns {import('./entry').Entry[]} */
  end() {
    this.#delimiter ??= sniffDelimiter(this.#text);
    return this.#read(true);
  }
}

module.exports = { CsvSplitter, sniffDelimiter, DELIMITERS };
