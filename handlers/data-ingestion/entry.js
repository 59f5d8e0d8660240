'use strict';

const { createHash } = require('node:crypto');

// Longer records are cut: a line without end must not fill the memory.
const MAX_RECORD = 8 * 1024 * 1024;
const SHOWN = 1000;

/**
 * A line of the raw object.
 * @typedef {{ line: string, rejected?: true }} Entry
 */

/**
 * What cannot be read as a record still takes its line in the raw object, so
 * that data-transform counts and reports it.
 *
 * @param {string} reason
 * @param {string} detail
 * @param {string} text
 * @param {number} [characters] where `text` is only the beginning
 * @returns {Entry}
 */
function rejectEntry(reason, detail, text, characters = text.length) {
  const content = { reason, detail, text: text.slice(0, SHOWN).toWellFormed() };
  if (characters > SHOWN) {
    content.characters = characters;
    if (characters === text.length) {
      content.sha256 = createHash('sha256').update(text).digest('hex');
    }
  }
  return { line: JSON.stringify({ '@reject': content }), rejected: true };
}

/**
 * @param {string} text what should be one JSON value
 * @returns {Entry}
 */
function jsonEntry(text) {
  try {
    JSON.parse(text);
  } catch (error) {
    return rejectEntry('invalid-json', error.message.slice(0, 200), text);
  }
  // The text itself is kept: a number too big for JavaScript, and a key that is
  // there twice, must reach data-transform as they came. In valid JSON a line
  // end only stands between tokens.
  return { line: /[\r\n]/.test(text) ? text.replace(/[\r\n\t]+ */g, ' ') : text };
}

module.exports = { MAX_RECORD, jsonEntry, rejectEntry };
