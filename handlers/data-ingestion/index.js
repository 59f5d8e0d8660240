'use strict';

const { invocation } = require('@etl/invocation');
const { required } = require('@etl/settings');
const { createStore } = require('@etl/store');
const { stage } = require('@etl/trace');
const { readEvent } = require('./event');
const { ingest } = require('./ingest');

const store = createStore();

exports.handler = invocation(async (event, { log, remainingMs }) => {
  const bucket = required('INGESTION_BUCKET');
  const request = readEvent(event, bucket);
  return stage('ingest', { dataset: request.dataset }, async (annotate) => {
    const result = await ingest(request, { store, bucket, remainingMs, fetch });
    annotate('count', result.count);
    annotate('rejected', result.rejected);
    const { dataset, key, count, rejected, bytes, format } = result;
    log.info('raw object written', { dataset, key, count, rejected, bytes, format });
    return result;
  });
});
