'use strict';

/** A request that cannot be served, and the status that tells the caller so. */
class RequestError extends Error {
  /**
   * @param {number} statusCode
   * @param {string} message the caller reads it
   */
  constructor(statusCode, message) {
    super(message);
    this.name = 'RequestError';
    this.statusCode = statusCode;
  }
}

module.exports = { RequestError };
