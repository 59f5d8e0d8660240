'use strict';

/**
 * The text by which two records are the same one: 7, "7" and " 7 " are equal,
 * because one sender writes CSV and the other JSON.
 *
 * @param {Record<string, unknown>} record
 * @param {string} field
 * @returns {string | undefined} undefined where the field holds no usable key
 */
function keyOf(record, field) {
  const value = record[field];
  if (typeof value === 'string') return value.trim() || undefined;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

/** Remembers the keys of one batch. */
class KeyLedger {
  #checksums = new Map();

  /**
   * @param {string} key
   * @param {string} checksum
   * @returns {string | undefined} why the record is a duplicate, or undefined
   */
  claim(key, checksum) {
    const earlier = this.#checksums.get(key);
    if (earlier === undefined) {
      this.#checksums.set(key, checksum);
      return undefined;
    }
    return earlier === checksum
      ? 'same content as an earlier record'
      : 'differs from an earlier record with this key';
  }
}

module.exports = { keyOf, KeyLedger };
