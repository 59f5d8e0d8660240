'use strict';

const { RequestError } = require('./failure');

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @typedef {object} Request
 * @property {'http' | 'direct'} source
 * @property {string} method
 * @property {string} path
 * @property {() => unknown} json the body, parsed when a route asks for it
 */

function bodyReader({ body, isBase64Encoded }) {
  return () => {
    if (typeof body !== 'string' || body.trim() === '') {
      throw new RequestError(400, 'the request needs a JSON body');
    }
    const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
    try {
      return JSON.parse(text);
    } catch {
      // The parser's own message quotes the body, which may hold a secret.
      throw new RequestError(400, 'the body is not valid JSON');
    }
  };
}

/** A stage is part of the path that API Gateway hands over, but not of the route. */
function withoutStage(path, stageName) {
  const prefix = `/${stageName}`;
  const staged = stageName && stageName !== '$default' && `${path}/`.startsWith(`${prefix}/`);
  const rest = staged ? path.slice(prefix.length) : path;
  return rest.replace(/\/+$/, '') || '/';
}

function httpRequest(event, method, path) {
  if (typeof method !== 'string' || typeof path !== 'string' || !path.startsWith('/')) {
    throw new RequestError(400, 'the HTTP event has no method and path');
  }
  return {
    source: 'http',
    method: method.toUpperCase(),
    path: withoutStage(path, event.requestContext?.stage),
    json: bodyReader(event),
  };
}

const ACTIONS = new Map([
  ['health', ['GET', '/health']],
  ['status', ['GET', '/status']],
  ['submit-batch', ['POST', '/batches']],
]);

/**
 * @param {unknown} event API Gateway v1 or v2, function URL, or a direct event
 * @returns {Request}
 */
function readRequest(event) {
  if (isObject(event)) {
    const { requestContext } = event;
    if (isObject(requestContext?.http) || event.rawPath !== undefined) {
      return httpRequest(event, requestContext?.http?.method, event.rawPath);
    }
    if (event.httpMethod !== undefined || isObject(requestContext)) {
      return httpRequest(event, event.httpMethod, event.path);
    }
  }
  const [method, path] = ACTIONS.get(event?.action) ?? ['DIRECT', ''];
  return { source: 'direct', method, path, json: () => event };
}

module.exports = { readRequest };
