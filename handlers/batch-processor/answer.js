'use strict';

/**
 * SQS deletes the messages that are not named here, so a message that was not
 * reached in time counts as failed: it comes back.
 *
 * @param {import('./event').Batch} batch
 */
function queueAnswer(batch, outcome) {
  const again = new Set(outcome.failures.map(({ itemIdentifier }) => itemIdentifier));
  for (const { messageId } of batch.items.slice(outcome.next)) again.add(messageId);
  return { batchItemFailures: [...again].map((itemIdentifier) => ({ itemIdentifier })) };
}

/**
 * @param {import('./event').Batch} batch
 * @param {object} counts
 */
function directAnswer(batch, outcome, counts) {
  return {
    statusCode: 200,
    batchId: batch.batchId,
    counts,
    records: outcome.processed,
    duplicates: outcome.duplicates,
    batchItemFailures: outcome.failures,
    stopped: outcome.stopped,
    remaining: counts.left > 0 ? { offset: outcome.next, count: counts.left } : null,
  };
}

module.exports = { directAnswer, queueAnswer };
