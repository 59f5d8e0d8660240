'use strict';

const assert = require('node:assert/strict');
const { afterEach, test } = require('node:test');
const { setImmediate: nextTurn } = require('node:timers/promises');
const xray = require('aws-xray-sdk-core');
const { createLogger } = require('@etl/log');
const { invocation } = require('@etl/invocation');
const { positiveInteger, required } = require('@etl/settings');
const { stage } = require('@etl/trace');
const { quietly } = require('../quietly');

afterEach(() => {
  delete process.env.LOG_LEVEL;
  delete process.env.ETL_TEST;
});

const collect = () => {
  const lines = [];
  return { lines, write: (line) => lines.push(JSON.parse(line)) };
};

test('a log line is one JSON document with its fields', () => {
  const { lines, write } = collect();
  createLogger({ function: 'f' }, write).with({ requestId: 'r' }).info('two\nlines', { n: 1 });
  assert.equal(lines.length, 1);
  const [{ timestamp, ...line }] = lines;
  assert.deepEqual(line, {
    level: 'INFO',
    message: 'two\nlines',
    function: 'f',
    requestId: 'r',
    n: 1,
  });
  assert.ok(!Number.isNaN(Date.parse(timestamp)));
});

test('LOG_LEVEL decides what is written; an unknown one means INFO', () => {
  const counts = { DEBUG: 4, INFO: 3, WARN: 2, error: 1, LOUD: 3 };
  for (const [level, count] of Object.entries(counts)) {
    process.env.LOG_LEVEL = level;
    const { lines, write } = collect();
    const log = createLogger({}, write);
    for (const name of ['debug', 'info', 'warn', 'error']) log[name]('x');
    assert.equal(lines.length, count, level);
  }
});

test('secrets, endless text, cycles and BigInt do no harm', () => {
  const { lines, write } = collect();
  const loop = { deep: {} };
  loop.deep.loop = loop;
  createLogger({}, write).info('x', {
    headers: { Authorization: 'Bearer abc', apiKey: 'k', 'x-api-key': 'k' },
    big: 10n,
    list: [{ password: 'k' }, 'kept'],
    long: 'x'.repeat(100_000),
    loop,
    error: new Error('why'),
  });
  const text = JSON.stringify(lines);
  assert.ok(!text.includes('Bearer abc') && !text.includes('"k"'));
  assert.ok(text.length < 5000);
  assert.deepEqual(lines[0].list, [{ password: '[redacted]' }, 'kept']);
  assert.equal(lines[0].error.message, 'why');
});

test('a warning of Node or the SDK is a line of JSON too', async () => {
  const lines = [];
  process.env.AWS_LAMBDA_FUNCTION_NAME = 'api-handler-dev';
  await quietly(async () => {
    process.emitWarning('this will end', 'MaintenanceWarning');
    await nextTurn();
  }, lines);
  delete process.env.AWS_LAMBDA_FUNCTION_NAME;
  const [{ level, function: name, warning }] = lines.map((text) => JSON.parse(text));
  assert.deepEqual(
    [level, name, warning],
    ['WARN', 'api-handler-dev', 'MaintenanceWarning: this will end'],
  );
});

test('a failed invocation is logged and still fails', async () => {
  const { lines, write } = collect();
  const handler = invocation(
    async () => {
      throw new Error('poisoned');
    },
    { write },
  );
  await assert.rejects(handler({}, { awsRequestId: 'r-1' }), /poisoned/);
  assert.equal(lines.at(-1).level, 'ERROR');
  assert.equal(lines.at(-1).requestId, 'r-1');
});

test('the deadline comes from the context, and is far away without one', async () => {
  const { write } = collect();
  const handler = invocation(async (_event, { remainingMs }) => remainingMs(), { write });
  assert.equal(await handler({}, { getRemainingTimeInMillis: () => 7 }), 7);
  assert.equal(await handler({}), Infinity);
});

test('settings', () => {
  assert.equal(positiveInteger('ETL_TEST', 3), 3);
  process.env.ETL_TEST = ' 12 ';
  assert.equal(positiveInteger('ETL_TEST', 3), 12);
  assert.equal(required('ETL_TEST'), '12');
  for (const bad of ['0', '-1', '1.5', 'ten']) {
    process.env.ETL_TEST = bad;
    assert.throws(() => positiveInteger('ETL_TEST', 3), /ETL_TEST must be a whole number/);
  }
  process.env.ETL_TEST = '';
  assert.throws(() => required('ETL_TEST'), /ETL_TEST is not set/);
});

test('a stage works where there is no X-Ray', async () => {
  const result = await stage('work', { dataset: 'd' }, async (annotate) => {
    annotate('count', 1);
    return 'done';
  });
  assert.equal(result, 'done');
  const failing = stage('work', {}, async () => {
    throw new Error('inside');
  });
  await assert.rejects(failing, /inside/);
});

test('a stage is a subsegment with its annotations, and with its failure', async () => {
  const segment = new xray.Segment('function');
  await xray.getNamespace().runPromise(async () => {
    xray.setSegment(segment);
    await stage('work', { dataset: 'd' }, async (annotate) => annotate('count', 1));
    const failing = stage('broken', {}, async () => {
      throw new Error('inside');
    });
    await assert.rejects(failing, /inside/);
  });
  const [work, broken] = segment.subsegments;
  assert.deepEqual([work.name, work.annotations], ['work', { dataset: 'd', count: 1 }]);
  assert.ok(work.end_time && !work.fault);
  assert.deepEqual([broken.name, broken.fault], ['broken', true]);
});
