'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { deadLetterQueue, queueName } = require('@etl/dead-letter');

/** An SQS that remembers its calls. */
function fakeSqs({ refuse = false } = {}) {
  const calls = [];
  return {
    calls,
    async send({ constructor, input }) {
      calls.push({ name: constructor.name, input });
      if (constructor.name === 'GetQueueUrlCommand') {
        return { QueueUrl: `https://sqs.test/${input.QueueName}` };
      }
      return refuse ? { Failed: [{ Id: '0', Code: 'InternalError' }] } : { Failed: [] };
    },
  };
}

test('the queue is the one of the same suffix', () => {
  assert.equal(queueName('batch-processor-dev', 'batch-processor'), 'lambda-dlq-dev');
  assert.equal(queueName('api-handler-pr-12', 'api-handler'), 'lambda-dlq-pr-12');
  assert.throws(() => queueName('worker', 'api-handler'), /DEAD_LETTER_QUEUE/);
});

test('a setting names another queue', (t) => {
  t.after(() => delete process.env.DEAD_LETTER_QUEUE);
  process.env.DEAD_LETTER_QUEUE = 'failed-events';
  assert.equal(queueName('worker', 'api-handler'), 'failed-events');
});

test('messages go ten at a time, and the address is asked for once', async () => {
  const sqs = fakeSqs();
  const queue = deadLetterQueue('batch-processor', sqs);
  const bodies = Array.from({ length: 23 }, (_, index) => `m${index}`);
  await queue.send('batch-processor-dev', bodies);
  await queue.url('batch-processor-dev');
  const sent = sqs.calls.filter(({ name }) => name === 'SendMessageBatchCommand');
  assert.deepEqual(
    sent.map(({ input }) => input.Entries.length),
    [10, 10, 3],
  );
  assert.equal(sqs.calls.length, 4);
});

test('large messages go in smaller batches', async () => {
  const sqs = fakeSqs();
  const bodies = Array.from({ length: 3 }, () => 'x'.repeat(150_000));
  await deadLetterQueue('batch-processor', sqs).send('batch-processor-dev', bodies);
  assert.equal(sqs.calls.length, 4);
});

test('a refused message is an error and not a loss', async () => {
  const queue = deadLetterQueue('batch-processor', fakeSqs({ refuse: true }));
  await assert.rejects(queue.send('batch-processor-dev', ['x']), /refused 1 of 1.*InternalError/);
});
