'use strict';

const { createHash } = require('node:crypto');

/**
 * JSON with sorted keys: equal content gives equal text, whatever order the
 * sender wrote it in.
 *
 * @param {unknown} value a value that came out of JSON
 * @returns {string}
 */
function canonicalJson(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`);
  return `{${members.join(',')}}`;
}

/**
 * @param {unknown} value
 * @param {number} [length] hexadecimal digits
 * @returns {string}
 */
function contentId(value, length = 32) {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, length);
}

module.exports = { canonicalJson, contentId };
