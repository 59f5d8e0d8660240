'use strict';

const http = require('node:http');
const https = require('node:https');
const { GetQueueUrlCommand, SendMessageBatchCommand, SQSClient } = require('@aws-sdk/client-sqs');
const { NodeHttpHandler } = require('@smithy/node-http-handler');
const { positiveInteger } = require('@etl/settings');
const { traced } = require('@etl/trace');

const MESSAGES_A_CALL = 10;
const BYTES_A_CALL = 200_000;

/**
 * One client for the life of the execution environment, so that connections
 * outlive the invocation that opened them.
 *
 * @returns {SQSClient}
 */
function createClient() {
  const pool = { keepAlive: true, maxSockets: positiveInteger('MAX_CONNECTIONS', 10) };
  return traced(
    new SQSClient({
      maxAttempts: 3,
      requestHandler: new NodeHttpHandler({
        httpAgent: new http.Agent(pool),
        httpsAgent: new https.Agent(pool),
        connectionTimeout: 1000,
        requestTimeout: 3000,
      }),
    }),
  );
}

/**
 * A stack gives its queue and its functions the same suffix: `lambda-dlq-dev`
 * belongs to `batch-processor-dev`.
 *
 * @param {string} functionName physical name
 * @param {string} baseName what the stack file calls the function
 * @returns {string}
 */
function queueName(functionName, baseName) {
  if (process.env.DEAD_LETTER_QUEUE) return process.env.DEAD_LETTER_QUEUE;
  if (!functionName.startsWith(`${baseName}-`)) {
    throw new Error(
      `no dead-letter queue is known for ${functionName}: its name is not ${baseName}-<suffix>; set DEAD_LETTER_QUEUE`,
    );
  }
  return `lambda-dlq-${functionName.slice(baseName.length + 1)}`;
}

/** @param {string[]} bodies */
function* calls(bodies) {
  let batch = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    if (batch.length === MESSAGES_A_CALL || (batch.length > 0 && bytes + size > BYTES_A_CALL)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(body);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/**
 * @param {string} baseName
 * @param {{ send: (command: object, options?: object) => Promise<any> }} [client]
 */
function deadLetterQueue(baseName, client = createClient()) {
  const urls = new Map();

  async function url(functionName, options) {
    const QueueName = queueName(functionName, baseName);
    if (!urls.has(QueueName)) {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName }), options);
      urls.set(QueueName, QueueUrl);
    }
    return urls.get(QueueName);
  }

  return {
    url,

    /**
     * @param {string} functionName
     * @param {string[]} bodies
     */
    async send(functionName, bodies) {
      const QueueUrl = await url(functionName);
      for (const batch of calls(bodies)) {
        const Entries = batch.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({ QueueUrl, Entries }),
        );
        if (Failed.length > 0) {
          throw new Error(
            `the dead-letter queue refused ${Failed.length} of ${batch.length} messages: ${Failed[0].Code}`,
          );
        }
      }
    },
  };
}

module.exports = { deadLetterQueue, queueName };
