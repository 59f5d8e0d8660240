'use strict';

const { deadLetterQueue } = require('@etl/dead-letter');
const { invocation } = require('@etl/invocation');
const { positiveInteger } = require('@etl/settings');
const { stage } = require('@etl/trace');
const { directAnswer, queueAnswer } = require('./answer');
const { readBatch } = require('./event');
const { processBatch } = require('./process');

const limits = {
  chunkSize: positiveInteger('BATCH_SIZE', 100),
  maxInFlight: positiveInteger('MAX_CONNECTIONS', 10),
};
const deadLetters = deadLetterQueue('batch-processor');

exports.handler = invocation(async (event, { log, functionName, remainingMs }) => {
  const batch = readBatch(event);
  return stage('process', { records: batch.items.length }, async (annotate) => {
    const outcome = await processBatch(batch, { ...limits, remainingMs });
    const counts = {
      records: batch.items.length,
      processed: outcome.processed.length,
      duplicates: outcome.duplicates.length,
      failed: outcome.failures.length,
      left: batch.items.length - outcome.next,
    };
    for (const [name, count] of Object.entries(counts)) annotate(name, count);
    if (outcome.stopped) log.warn('stopped early', { because: outcome.stopped, counts });
    else log.info('batch processed', { counts });

    if (batch.source === 'queue') return queueAnswer(batch, outcome);
    if (batch.failuresToQueue && outcome.failures.length > 0) {
      const bodies = outcome.failures.map((failure) =>
        JSON.stringify({ batchId: batch.batchId, function: functionName, ...failure }),
      );
      await deadLetters.send(functionName, bodies);
    }
    return directAnswer(batch, outcome, counts);
  });
});
