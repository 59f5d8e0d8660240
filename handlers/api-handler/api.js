'use strict';

const { positiveInteger } = require('@etl/settings');
const { RequestError } = require('./failure');
const { readRequest } = require('./request');
const { submitBatch } = require('./submit');

const QUEUE_CHECK_MS = 1500;

function answer(statusCode, content, headers = {}) {
  return {
    statusCode,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(content),
  };
}

/**
 * @param {object} parts
 * @param {{ url: (functionName: string, options?: object) => Promise<string> }} parts.deadLetters
 */
function createApi({ deadLetters }) {
  const started = Date.now();
  const maxConnections = positiveInteger('MAX_CONNECTIONS', 10);
  let requests = 0;

  async function queueState(functionName) {
    try {
      await deadLetters.url(functionName, { abortSignal: AbortSignal.timeout(QUEUE_CHECK_MS) });
      return 'reachable';
    } catch (error) {
      return `unreachable: ${error.name}`;
    }
  }

  const routes = {
    '/': { GET: () => ({ status: 'ok' }) },
    '/health': { GET: () => ({ status: 'ok' }) },
    '/status': {
      GET: async (_request, { functionName }) => {
        const deadLetterQueue = await queueState(functionName);
        return {
          status: deadLetterQueue === 'reachable' ? 'ok' : 'degraded',
          function: functionName,
          version: process.env.AWS_LAMBDA_FUNCTION_VERSION ?? null,
          environment: process.env.ENVIRONMENT ?? null,
          uptimeSeconds: Math.floor((Date.now() - started) / 1000),
          requests,
          maxConnections,
          deadLetterQueue,
        };
      },
    },
    '/batches': {
      POST: (request, { functionName }) => submitBatch(request.json(), functionName),
    },
  };

  function routeOf(request) {
    if (request.method === 'DIRECT') return () => ({ status: 'ok', message: 'event received' });
    if (!Object.hasOwn(routes, request.path)) {
      throw new RequestError(404, `there is no ${request.path} here`);
    }
    const methods = routes[request.path];
    if (Object.hasOwn(methods, request.method)) return methods[request.method];
    const failure = new RequestError(405, `${request.path} does not take ${request.method}`);
    failure.headers = { allow: Object.keys(methods).join(', ') };
    throw failure;
  }

  /**
   * @param {unknown} event
   * @param {{ functionName: string }} invocation
   */
  return async function api(event, invocation) {
    requests += 1;
    let route = 'unreadable';
    try {
      const request = readRequest(event);
      const serve = routeOf(request);
      route = `${request.source} ${request.method} ${request.path}`.trim();
      return { route, response: answer(200, await serve(request, invocation)) };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const { statusCode, message: reason, headers } = error;
      return { route, reason, response: answer(statusCode, { error: reason }, headers) };
    }
  };
}

module.exports = { createApi };
