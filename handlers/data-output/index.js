'use strict';

const { invocation } = require('@etl/invocation');
const { required } = require('@etl/settings');
const { createStore } = require('@etl/store');
const { stage } = require('@etl/trace');
const { readEvent } = require('./event');
const { publish } = require('./publish');

const store = createStore();

exports.handler = invocation(async (event, { log, remainingMs }) => {
  const bucket = required('OUTPUT_BUCKET');
  const { sources, many } = readEvent(event, required('INGESTION_BUCKET'));
  const results = [];
  for (const source of sources) {
    const result = await stage('publish', { dataset: source.dataset }, async (annotate) => {
      const published = await publish(source, { store, bucket, remainingMs });
      for (const [name, count] of Object.entries(published.counts)) annotate(name, count);
      return published;
    });
    log.info('dataset published', {
      dataset: result.dataset,
      manifestKey: result.manifestKey,
      counts: result.counts,
    });
    results.push(result);
  }
  return many ? { results } : results[0];
});
