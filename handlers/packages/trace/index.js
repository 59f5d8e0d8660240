'use strict';

// Read while the SDK loads: its own complaints are plain text, which would
// break the promise that each log line is JSON.
process.env.AWS_XRAY_LOG_LEVEL ??= 'silent';

const xray = require('aws-xray-sdk-core');

// Outside Lambda, and where a request is not sampled, there is no segment to
// hang a subsegment on. That is no reason to fail or to fill the log.
xray.setContextMissingStrategy('IGNORE_ERROR');

/**
 * @template T
 * @param {T} client an AWS SDK v3 client
 * @returns {T}
 */
function traced(client) {
  return xray.captureAWSv3Client(client);
}

/**
 * Runs one stage of a function in a subsegment of its own.
 *
 * @template T
 * @param {string} name
 * @param {Record<string, string | number | boolean>} annotations
 * @param {(annotate: (name: string, value: string | number | boolean) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
function stage(name, annotations, work) {
  return xray.captureAsyncFunc(name, async (subsegment) => {
    const annotate = (key, value) => subsegment?.addAnnotation(key, value);
    for (const [key, value] of Object.entries(annotations)) annotate(key, value);
    try {
      const result = await work(annotate);
      subsegment?.close();
      return result;
    } catch (error) {
      subsegment?.close(error);
      throw error;
    }
  });
}

module.exports = { stage, traced };
