'use strict';

const { invocation } = require('@etl/invocation');
const { eachOf, readNotification } = require('@etl/notification');
const { required } = require('@etl/settings');
const { createStore } = require('@etl/store');
const { stage } = require('@etl/trace');
const { requestOf, takeIn } = require('./arrivals');
const { readEvent } = require('./event');
const { ingest } = require('./ingest');
const { readSweep, sweepIncoming } = require('./sweep');

const store = createStore();

/** Works on one request in a subsegment of its own. */
async function traced(request, work) {
  return stage('ingest', { dataset: request.dataset }, async (annotate) => {
    const result = await work(request);
    for (const name of ['count', 'rejected']) {
      if (name in result) annotate(name, result[name]);
    }
    return result;
  });
}

/** A sweep that could not finish an object fails, so that somebody hears of it. */
async function swept(sweep, parts) {
  const { log } = parts;
  const told = await sweepIncoming(sweep, parts);
  const { looked, again, failed, left, next } = told;
  const counts = { looked, again: again.length, failed: failed.length, left };
  log[left ? 'warn' : 'info']('swept', { ...counts, ...(left && { next }) });
  if (failed.length > 0) {
    const reasons = failed.map(({ key, message }) => `${key}: ${message}`).join('; ');
    throw new Error(`${failed.length} objects could not be ingested: ${reasons}`);
  }
  return told;
}

exports.handler = invocation(async (event, { log, remainingMs }) => {
  const bucket = required('INGESTION_BUCKET');
  const outputBucket = process.env.OUTPUT_BUCKET || undefined;
  const parts = { store, bucket, outputBucket, remainingMs, fetch, log };
  const sweep = readSweep(event);
  // Only the manifests there tell what is finished.
  if (sweep) return swept(sweep, { ...parts, outputBucket: required('OUTPUT_BUCKET') });
  const told = readNotification(event);
  if (!told) return traced(readEvent(event, bucket), (request) => ingest(request, parts));
  const results = await eachOf(told.objects, (object) =>
    traced(requestOf(object), (request) => takeIn(request, parts)),
  );
  return told.many ? { results } : results[0];
});
