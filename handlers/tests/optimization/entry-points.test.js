'use strict';

const assert = require('node:assert/strict');
const { after, before, beforeEach, test } = require('node:test');
const { startEndpoint } = require('../endpoint');
const { quietly } = require('../quietly');
const { PREFIX, STEM, transformedObjects } = require('./transformed');

let server;
let objects;
let ingestion;
let output;

before(async () => {
  server = await startEndpoint(({ method, path, body }) => {
    if (method === 'PUT') {
      objects.set(path, body);
      return {};
    }
    const found = objects.get(path);
    if (!found) return { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' };
    return { headers: { 'last-modified': 'Mon, 06 May 2024 07:08:09 GMT' }, body: found };
  });
  ingestion = require('../../data-ingestion/index').handler;
  // The other name of the same setting.
  process.env.AWS_ENDPOINT_URL_S3 = process.env.AWS_ENDPOINT_URL;
  delete process.env.AWS_ENDPOINT_URL;
  output = require('../../data-output/index').handler;
});

beforeEach(() => {
  objects = new Map();
  Object.assign(process.env, { INGESTION_BUCKET: 'in', OUTPUT_BUCKET: 'out' });
});

after(() => server.close());

async function invoke(handler, event, lines = []) {
  const written = [];
  try {
    return await quietly(() => handler(event, { functionName: 'f' }), written);
  } finally {
    lines.push(...written.map((line) => JSON.parse(line)));
  }
}

// The SDK may have warned of the Node.js version in a line of its own.
const lineOf = (lines, message) => lines.find((line) => line.message === message);

function putTransformed() {
  for (const [key, text] of Object.entries(transformedObjects().objects)) {
    objects.set(`/in/${key}`, Buffer.from(text));
  }
}

test('data-ingestion copies an object of its bucket to the raw area', async () => {
  objects.set('/in/a/orders.csv', Buffer.from('id,name\n1,a\n2\n'));
  const lines = [];
  const result = await invoke(ingestion, { dataset: 'orders', key: 'a/orders.csv' }, lines);
  assert.equal(result.key, `raw/orders/2024-05-06/${result.id}.ndjson`);
  assert.deepEqual([result.count, result.rejected, result.format], [2, 1, 'csv']);
  const [first] = objects.get(`/in/${result.key}`).toString().split('\n');
  assert.equal(first, '{"id":"1","name":"a"}');
  const { key, rejected } = lineOf(lines, 'raw object written');
  assert.deepEqual([key, rejected], [result.key, 1]);
});

test('data-ingestion needs to know its bucket', async () => {
  delete process.env.INGESTION_BUCKET;
  const lines = [];
  await assert.rejects(invoke(ingestion, { records: [] }, lines), /INGESTION_BUCKET is not set/);
  assert.equal(lineOf(lines, 'invocation failed').level, 'ERROR');
  assert.equal(objects.size, 0);
});

test('data-output publishes what one result names', async () => {
  putTransformed();
  const lines = [];
  const result = await invoke(output, { key: `${STEM}.ndjson` }, lines);
  assert.deepEqual([result.bucket, result.manifestKey], ['out', `${PREFIX}/manifest.json`]);
  const manifest = JSON.parse(objects.get(`/out/${PREFIX}/manifest.json`));
  assert.deepEqual(manifest.counts, result.counts);
  const { dataset, counts } = lineOf(lines, 'dataset published');
  assert.deepEqual([dataset, counts.good], ['orders', 2]);
});

test('data-output gives a list of results where a notification asks', async () => {
  putTransformed();
  const object = { key: `${STEM}.summary.json` };
  const { results } = await invoke(output, {
    Records: [{ s3: { bucket: { name: 'in' }, object } }],
  });
  assert.deepEqual(
    results.map(({ prefix }) => prefix),
    [PREFIX],
  );
});

test('data-output fails where its source is gone', async () => {
  const lines = [];
  await assert.rejects(
    invoke(output, { key: `${STEM}.ndjson` }, lines),
    /summary\.json: NoSuchKey/,
  );
  assert.equal(lineOf(lines, 'invocation failed').level, 'ERROR');
});
