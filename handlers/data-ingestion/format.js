'use strict';

const { CsvSplitter, DELIMITERS } = require('./csv');
const { JsonValueSplitter } = require('./json-values');
const { NdjsonSplitter } = require('./ndjson');

const SPLITTERS = { csv: CsvSplitter, json: JsonValueSplitter, ndjson: NdjsonSplitter };
const SNIFF_CHARACTERS = 64 * 1024;

const isJson = (text) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/**
 * @param {string} head the beginning of the text
 * @param {string} name of the object or file: its ending is a hint
 * @returns {'csv' | 'json' | 'ndjson'}
 */
function sniffFormat(head, name) {
  const [, ending] = /\.(csv|tsv|json|ndjson|jsonl)(?:\.gz)?$/i.exec(name) ?? [];
  const kind = ending?.toLowerCase();
  if (kind === 'csv' || kind === 'tsv') return 'csv';
  const text = head.trimStart();
  const line = text.split('\n', 1)[0].trim();
  if (text[0] === '[') {
    // A list a line is NDJSON only where the name says so.
    return (kind === 'ndjson' || kind === 'jsonl') && isJson(line) ? 'ndjson' : 'json';
  }
  if (text[0] === '{') {
    // One broken line must not turn NDJSON into one long document: only a line
    // that ends in the open begins an object of several lines.
    const goesOn = kind === 'json' || /[{[,]$/.test(line);
    return goesOn && !isJson(line) ? 'json' : 'ndjson';
  }
  if (kind) return kind === 'json' ? 'json' : 'ndjson';
  return DELIMITERS.some((delimiter) => line.includes(delimiter)) ? 'csv' : 'ndjson';
}

/**
 * Waits for enough text to tell the format, where the event does not say it.
 *
 * @param {'csv' | 'json' | 'ndjson' | undefined} format
 * @param {string} [name]
 */
function createSplitter(format, name = '') {
  let chosen = format && new SPLITTERS[format]();
  let head = '';
  const choose = () => {
    chosen = new SPLITTERS[sniffFormat(head, name)]();
    return chosen.push(head);
  };
  return {
    get format() {
      return chosen?.format ?? 'empty';
    },
    push(text) {
      if (chosen) return chosen.push(text);
      head += text;
      const complete = head.trimStart().includes('\n') || head.length > SNIFF_CHARACTERS;
      return complete ? choose() : [];
    },
    end() {
      const entries = !chosen && head.trim() !== '' ? choose() : [];
      return chosen ? [...entries, ...chosen.end()] : entries;
    },
  };
}

module.exports = { createSplitter };
