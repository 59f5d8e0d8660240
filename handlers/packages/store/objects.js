'use strict';

const { createReadStream } = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { text } = require('node:stream/consumers');
const { setTimeout: pause } = require('node:timers/promises');
const {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} = require('@aws-sdk/client-s3');
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

// S3 answers with these where an object, or the version of it that was asked
// for, is not there; HeadObject has no body that could say which.
const ABSENT = ['NoSuchKey', 'NoSuchVersion', 'NotFound'];

/**
 * @param {any} error of the store
 * @returns {boolean} whether there is no such object; not where it may not be read
 */
const isAbsent = (error) => ABSENT.includes(error.cause?.name);

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
     * @param {string} [version] the newest where none is named
     * @returns {Promise<{ body: AsyncIterable<Buffer>, lastModified?: Date, bytes?: number, etag?: string }>}
     */
    async read(bucket, key, version) {
      try {
        const { Body, LastModified, ContentLength, ETag } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version }),
        );
        return { body: Body, lastModified: LastModified, bytes: ContentLength, etag: ETag };
      } catch (error) {
        return explain(error, 'read', bucket, key);
      }
    },

    /**
     * @param {string} bucket
     * @param {string} key
     * @returns {Promise<any>} the content; undefined where there is no such object
     */
    async readJson(bucket, key) {
      try {
        const { body } = await this.read(bucket, key);
        return JSON.parse(await text(body));
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },

    /**
     * @param {string} bucket
     * @param {string} key
     * @returns {Promise<{ metadata: Record<string, string> } | undefined>} undefined where there is
     *   no such object
     */
    async look(bucket, key) {
      try {
        const { Metadata } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        return { metadata: Metadata ?? {} };
      } catch (error) {
        if (ABSENT.includes(error.name)) return undefined;
        return explain(error, 'look at', bucket, key);
      }
    },

    /**
     * @param {string} bucket
     * @param {string} prefix
     * @param {string} [after] only keys behind this one
     * @returns {Promise<{ objects: { key: string, lastModified: Date, etag: string }[], more: boolean }>}
     *   a thousand at most, in the order of their keys
     */
    async list(bucket, prefix, after) {
      try {
        const { Contents = [], IsTruncated } = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: after }),
        );
        const objects = Contents.map(({ Key, LastModified, ETag }) => ({
          key: Key,
          lastModified: LastModified,
          etag: ETag,
        }));
        return { objects, more: IsTruncated === true };
      } catch (error) {
        return explain(error, 'list', bucket, prefix);
      }
    },

    /**
     * @param {string} bucket
     * @param {string} key
     * @param {{ path: string, bytes: number, sha256: string }} file
     * @param {string} contentType
     * @param {Record<string, string>} [metadata] ASCII, 2 KB together
     */
    async writeFile(bucket, key, file, contentType, metadata) {
      const request = {
        Bucket: bucket,
        Key: key,
        ContentType: contentType,
        Metadata: metadata,
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

module.exports = { createStore, isAbsent };
