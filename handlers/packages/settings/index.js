'use strict';

/**
 * @param {string} name
 * @param {number} fallback used where the variable is absent or empty
 * @returns {number}
 */
function positiveInteger(name, fallback) {
  const text = (process.env[name] ?? '').trim();
  if (text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new Error(`environment variable ${name} must be a whole number above 0, not "${text}"`);
  }
  return value;
}

/**
 * @param {string} name
 * @returns {string}
 */
function required(name) {
  const value = (process.env[name] ?? '').trim();
  if (value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
}

module.exports = { positiveInteger, required };
