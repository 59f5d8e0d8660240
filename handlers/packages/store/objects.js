'use strict';

const { createReadStream } = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { setTimeout: pause } = require('node:timers/promises');
const { GetObjectCommand, PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');
const { NodeHttpHandler } = require('@smithy/node-http-handler');
const { traced } = require('@etl/trace');

const POOL = { keepAlive: true, maxSockets: 10 };
const WRITE_ATTEMPTS = 3;

function createClient() {
  return traced(
    new S3Client({
      // An emulator answers at one host name, not at one for each bucket.
      forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL ?? process.env.AWS_ENDPOINT_URL_S3),
      // Each object is sent with its SHA-256: a second checksum only costs time.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      maxAttempts: 4,
      requestHandler: new NodeHttpHandler({
        httpAgent: new http.Agent(POOL),
        httpsAgent: new https.Agent(POOL),
        connectionTimeout: 2000,
        requestTimeout: 30_000,
      }),
    }),
  );
}

const base64 = (hex) => Buffer.from(hex, 'hex').toString('base64');

/** @returns {never} */
function explain(error, verb, bucket, key) {
  throw new Error(`cannot ${verb} s3://${bucket}/${key}: ${error.name}: ${error.message}`, {
    cause: error,
  });
}

const isPassing = ({ $metadata }) =>
  $metadata?.httpStatusCode === undefined || $metadata.httpStatusCode >= 500;

/**
 * The SDK never repeats a request whose body is a stream, because it cannot
 * read the stream again. A file can be opened again.
 */
async function sendFile(client, request, file, attempt = 1) {
  // A file that got no bytes was never created.
  const Body = file.bytes === 0 ? '' : createReadStream(file.path);
  try {
    await client.send(new PutObjectCommand({ ...request, Body, ContentLength: file.bytes }));
  } catch (error) {
    if (attempt === WRITE_ATTEMPTS || !isPassing(error)) throw error;
    await pause(200 * 2 ** attempt);
    await sendFile(client, request, file, attempt + 1);
  } finally {
    if (file.bytes > 0) Body.destroy();
  }
}

/**
 * S3 as the pipeline needs it: streams in, checksummed objects out.
 *
 * @param {{ send: (command: object) => Promise<any> }} [client]
 */
function createStore(client = createClient()) {
  return {
    /**
     * @param {string} bucket
     * @param {string} key
     * @returns {Promise<{ body: AsyncIterable<Buffer>, lastModified?: Date, bytes?: number }>}
     */
    async read(bucket, key) {
      try {
        const { Body, LastModified, ContentLength } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key }),
        );
        return { body: Body, lastModified: LastModified, bytes: ContentLength };
      } catch (error) {
        return explain(error, 'read', bucket, key);
      }
    },

    /**
     * @param {string} bucket
     * @param {string} key
     * @param {{ path: string, bytes: number, sha256: string }} file
     * @param {string} contentType
     */
    async writeFile(bucket, key, file, contentType) {
      const request = {
        Bucket: bucket,
        Key: key,
        ContentType: contentType,
        ChecksumSHA256: base64(file.sha256),
      };
      try {
        await sendFile(client, request, file);
      } catch (error) {
        explain(error, 'write', bucket, key);
      }
    },

    /**
     * @param {string} bucket
     * @param {string} key
     * @param {unknown} content
     */
    async writeJson(bucket, key, content) {
      try {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: `${JSON.stringify(content, null, 2)}\n`,
            ContentType: 'application/json',
          }),
        );
      } catch (error) {
        explain(error, 'write', bucket, key);
      }
    },
  };
}

module.exports = { createStore };
