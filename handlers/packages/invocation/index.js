'use strict';

const { createLogger } = require('@etl/log');

// Node and the SDK print their warnings as plain text, between the JSON lines.
process.removeAllListeners('warning');
process.on('warning', ({ name, message }) => {
  createLogger({ function: process.env.AWS_LAMBDA_FUNCTION_NAME }).warn('process warning', {
    warning: `${name}: ${message}`,
  });
});

/**
 * @typedef {object} Invocation
 * @property {import('@etl/log').Logger} log
 * @property {string} functionName
 * @property {() => number} remainingMs time left before Lambda ends the invocation
 */

/**
 * Gives work its log and its deadline, and reports how it ended. An error goes
 * on to Lambda: only then does an asynchronous event reach the dead-letter queue.
 *
 * @template E, R
 * @param {(event: E, invocation: Invocation) => Promise<R>} work
 * @param {{ write?: (line: string) => void }} [options]
 * @returns {(event: E, context?: object) => Promise<R>}
 */
function invocation(work, { write } = {}) {
  return async (event, context = {}) => {
    const started = Date.now();
    const functionName =
      context.functionName ?? process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'unnamed-function';
    const log = createLogger(
      {
        function: functionName,
        environment: process.env.ENVIRONMENT,
        team: process.env.TEAM,
        requestId: context.awsRequestId,
      },
      write,
    );
    const remainingMs = () =>
      typeof context.getRemainingTimeInMillis === 'function'
        ? context.getRemainingTimeInMillis()
        : Number.POSITIVE_INFINITY;
    try {
      const result = await work(event, { log, functionName, remainingMs });
      log.info('invocation finished', { durationMs: Date.now() - started });
      return result;
    } catch (error) {
      log.error('invocation failed', { durationMs: Date.now() - started, error });
      throw error;
    }
  };
}

module.exports = { invocation };
