'use strict';

const TYPES = ['any', 'string', 'number', 'integer', 'boolean', 'date'];
const DATE_ORDERS = ['mdy', 'dmy'];
const KNOWN = ['key', 'required', 'types', 'dateOrder'];

// What a field's name says about its type, for senders that give no schema.
const CONVENTIONS = [
  [/^(date|timestamp)$|_(at|date|timestamp)$|[a-z](At|Date|Timestamp)$/, 'date'],
  [/^(amount|price|cost|total|quantity|qty)$|_(amount|price|cost|total|quantity)$/, 'number'],
  [/^(active|enabled)$|^(is|has)_[a-z]/, 'boolean'],
];

/**
 * @typedef {object} Schema
 * @property {string} key the field that identifies a record
 * @property {string[]} required fields that must not be empty
 * @property {Map<string, string>} types
 * @property {'mdy' | 'dmy' | undefined} dateOrder how to read 02/03/2024
 * @property {(field: string) => string} typeOf
 */

/**
 * @param {unknown} input the event's `schema`, which may be absent
 * @returns {Schema}
 */
function parseSchema(input = {}) {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new TypeError('schema must be an object');
  }
  const stranger = Object.keys(input).find((name) => !KNOWN.includes(name));
  if (stranger) throw new TypeError(`schema.${stranger} is unknown; known: ${KNOWN.join(', ')}`);

  const { key = 'id', required = [], types = {}, dateOrder } = input;
  if (typeof key !== 'string' || key === '') throw new TypeError('schema.key must name a field');
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
    throw new TypeError('schema.required must be a list of field names');
  }
  if (typeof types !== 'object' || types === null || Array.isArray(types)) {
    throw new TypeError('schema.types must be an object of field: type');
  }
  for (const [field, type] of Object.entries(types)) {
    if (!TYPES.includes(type)) {
      throw new TypeError(`schema.types.${field} must be one of ${TYPES.join(', ')}`);
    }
  }
  if (dateOrder !== undefined && !DATE_ORDERS.includes(dateOrder)) {
    throw new TypeError(`schema.dateOrder must be one of ${DATE_ORDERS.join(', ')}`);
  }

  const known = new Map(Object.entries(types));
  const typeOf = (field) => {
    let type = known.get(field);
    if (type === undefined) {
      type = CONVENTIONS.find(([pattern]) => pattern.test(field))?.[1] ?? 'any';
      // A sender who invents field names must not make this map grow for ever.
      if (known.size < 1000) known.set(field, type);
    }
    return type;
  };
  return { key, required, types: known, dateOrder, typeOf };
}

module.exports = { parseSchema };
