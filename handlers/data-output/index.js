'use strict';

const { invocation } = require('@etl/invocation');
const { eachOf } = require('@etl/notification');
const { required } = require('@etl/settings');
const { createStore } = require('@etl/store');
const { stage } = require('@etl/trace');
const { readEvent } = require('./event');
const { publish } = require('./publish');

const store = createStore();

/** @returns {Promise<object>} the manifest and where it is, or `{ bucket, key, gone: true }` */
async function published(source, parts, log) {
  const { dataset, bucket, summary } = source;
  // A notification of what somebody deleted since. Without a notification it is
  // a summary that is still to come, and Lambda tries again.
  if (summary && !(await store.look(bucket, summary))) {
    log.warn('object is gone', { key: summary });
    return { bucket, key: summary, gone: true };
  }
  return stage('publish', { dataset }, async (annotate) => {
    const result = await publish(source, parts);
    for (const [name, count] of Object.entries(result.counts)) annotate(name, count);
    const { manifestKey, counts } = result;
    log.info('dataset published', { dataset, manifestKey, counts });
    return result;
  });
}

exports.handler = invocation(async (event, { log, remainingMs }) => {
  const parts = { store, bucket: required('OUTPUT_BUCKET'), remainingMs };
  const { sources, many } = readEvent(event, required('INGESTION_BUCKET'));
  const results = await eachOf(sources, (source) => published(source, parts, log));
  return many ? { results } : results[0];
});
