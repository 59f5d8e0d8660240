'use strict';

const { toIsoDate } = require('./dates');

const NUMBER = /^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d{1,3})?$/;
const TRUE = new Set(['true', 'yes', 'y', 't', '1']);
const FALSE = new Set(['false', 'no', 'n', 'f', '0']);

/** @param {string} message */
const refuse = (message) => {
  throw new RangeError(message);
};

function toNumber(value) {
  if (typeof value === 'string' && !NUMBER.test(value)) refuse('not a number');
  const number = typeof value === 'string' ? Number(value.replaceAll(',', '')) : value;
  if (typeof number !== 'number') refuse('not a number');
  if (!Number.isFinite(number)) refuse('number out of range');
  return number;
}

function toInteger(value) {
  const number = toNumber(value);
  if (!Number.isSafeInteger(number)) refuse('not a whole number');
  return number;
}

function toBoolean(value) {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string') {
    if (TRUE.has(text.toLowerCase())) return true;
    if (FALSE.has(text.toLowerCase())) return false;
  }
  return refuse('neither true nor false');
}

function toText(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'object') refuse('not text');
  return String(value);
}

function toDate(value, order) {
  if (typeof value !== 'string' && typeof value !== 'number') refuse('not a date');
  return toIsoDate(value, order);
}

/**
 * @param {unknown} value trimmed and not empty
 * @param {string} type
 * @param {'mdy' | 'dmy'} [dateOrder]
 * @returns {unknown}
 * @throws {RangeError} with the reason
 */
function coerce(value, type, dateOrder) {
  switch (type) {
    case 'number':
      return toNumber(value);
    case 'integer':
      return toInteger(value);
    case 'boolean':
      return toBoolean(value);
    case 'string':
      return toText(value);
    case 'date':
      return toDate(value, dateOrder);
    default:
      // JSON.parse makes this of a number like 1e999, and JSON has no word for it.
      return Math.abs(value) === Infinity ? refuse('number out of range') : value;
  }
}

module.exports = { coerce };
