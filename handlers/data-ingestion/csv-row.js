'use strict';

/**
 * @typedef {{ fields: string[], next: number }
 *   | { next: number, problem: string }
 *   | null} Row null where the text ends before the row does
 */

/** Where a line ends without its line end, and where the next one begins. */
function lineEnd(text, from, final) {
  const found = text.indexOf('\n', from);
  if (found < 0) return final ? { end: text.length, next: text.length } : null;
  const end = found > from && text[found - 1] === '\r' ? found - 1 : found;
  return { end, next: found + 1 };
}

/** A field in quotes: its value, and where the text goes on after the closing quote. */
function quoted(text, from) {
  let value = '';
  for (let at = from; ;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return null;
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { value, after: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}

/**
 * Reads one row. Where quotes are broken, only the first line of the row is
 * given up: the lines that the open quote swallowed are read again.
 *
 * @param {string} text
 * @param {number} start
 * @param {string} delimiter
 * @param {boolean} final whether `text` is all that there is
 * @returns {Row}
 */
function readRow(text, start, delimiter, final) {
  const line = lineEnd(text, start, final);
  if (line && text.slice(start, line.end).indexOf('"') < 0) {
    return { fields: text.slice(start, line.end).split(delimiter), next: line.next };
  }
  const broken = (problem) => (line ? { next: line.next, problem } : null);
  const fields = [];
  for (let at = start; ;) {
    let value;
    if (text[at] === '"') {
      const field = quoted(text, at + 1);
      // A quote at the very end may be the first half of a doubled one.
      if (field && field.after === text.length && !final) return null;
      if (!field) return final ? broken('a quote is never closed') : null;
      value = field.value;
      at = field.after;
      if (text[at] === '\r' && (text[at + 1] === '\n' || at + 1 === text.length)) {
        if (at + 1 === text.length && !final) return null;
        at += 1;
      }
      if (at < text.length && text[at] !== delimiter && text[at] !== '\n') {
        return broken('text after a closing quote');
      }
    } else {
      const end = lineEnd(text, at, final);
      const mark = text.indexOf(delimiter, at);
      if (mark >= 0 && (!end || mark < end.end)) {
        value = text.slice(at, mark);
        at = mark;
      } else if (end) {
        return { fields: [...fields, text.slice(at, end.end)], next: end.next };
      } else return null;
    }
    fields.push(value);
    if (at >= text.length) return { fields, next: at };
    if (text[at] === '\n') return { fields, next: at + 1 };
    at += 1;
  }
}

module.exports = { readRow };
