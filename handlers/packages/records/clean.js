'use strict';

const { contentId } = require('./canonical');
const { coerce } = require('./coerce');
const { keyOf } = require('./key');

const MAX_FIELD = 1024 * 1024;
const MAX_DEPTH = 100;
const DERIVED = '_etl';

/**
 * @typedef {{ code: string, field?: string, detail: string }} Reason
 * @typedef {{ key: string, checksum: string, record: object }} Good
 */

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function nestsTooDeep(value, left = MAX_DEPTH) {
  if (typeof value !== 'object' || value === null) return false;
  return left === 0 || Object.values(value).some((item) => nestsTooDeep(item, left - 1));
}

/** Text is trimmed at every depth; what is then empty means "no value". */
function trimmed(value) {
  if (typeof value === 'string') return value.trim() || null;
  if (Array.isArray(value)) return value.map(trimmed);
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, trimmed(item)]));
  }
  return value;
}

/**
 * Checks one record, coerces its fields and adds the derived ones.
 *
 * @param {unknown} input
 * @param {import('./schema').Schema} schema
 * @returns {{ good: Good } | { reasons: Reason[], key?: string }}
 */
function cleanRecord(input, schema) {
  if (!isObject(input)) {
    return { reasons: [{ code: 'not-an-object', detail: 'a record must be a JSON object' }] };
  }
  const key = keyOf(input, schema.key);
  const reasons = [];
  if (key === undefined) {
    const detail = 'must be text or a whole number, and not empty';
    reasons.push({ code: 'bad-key', field: schema.key, detail });
  }
  const entries = [];
  for (const [field, raw] of Object.entries(input)) {
    if (field === DERIVED) {
      reasons.push({ code: 'reserved-field', field, detail: 'this name is for derived fields' });
      continue;
    }
    if (typeof raw === 'string' && raw.length > MAX_FIELD) {
      const detail = `${raw.length} characters, at most ${MAX_FIELD}`;
      reasons.push({ code: 'field-too-long', field, detail });
      continue;
    }
    if (nestsTooDeep(raw)) {
      reasons.push({ code: 'too-deep', field, detail: `more than ${MAX_DEPTH} levels` });
      continue;
    }
    const value = trimmed(raw);
    const type = schema.typeOf(field);
    try {
      entries.push([field, value === null ? null : coerce(value, type, schema.dateOrder)]);
    } catch (error) {
      reasons.push({ code: `bad-${type}`, field, detail: error.message });
    }
  }
  const record = Object.fromEntries(entries);
  for (const field of schema.required) {
    if (!Object.hasOwn(input, field) || record[field] === null) {
      reasons.push({ code: 'missing', field, detail: 'a value is required' });
    }
  }
  if (reasons.length > 0) return { reasons, key };

  const checksum = contentId(record);
  return { good: { key, checksum, record: { ...record, [DERIVED]: { key, checksum } } } };
}

module.exports = { cleanRecord };
