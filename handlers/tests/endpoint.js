'use strict';

const { once } = require('node:events');
const { createServer } = require('node:http');

/**
 * Stands where AWS would, so that an entry point runs with the client that it
 * makes for itself. To be started before the entry point is loaded.
 *
 * @typedef {{ method: string, path: string, headers: object, body: Buffer }} Request
 * @param {(request: Request) => { status?: number, headers?: object, body?: string | Buffer }} answer
 */
async function startEndpoint(answer) {
  const server = createServer(async (incoming, response) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method, headers } = incoming;
    const { pathname: path } = new URL(incoming.url, 'http://localhost');
    const request = { method, path, headers, body: Buffer.concat(chunks) };
    const { status = 200, headers: told, body = '' } = answer(request);
    response.writeHead(status, told).end(body);
  });
  // By name: the SDK puts no bucket's name before an address of numbers.
  server.listen(0, 'localhost');
  await once(server, 'listening');
  for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_SQS', 'AWS_PROFILE']) {
    delete process.env[name];
  }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://localhost:${server.address().port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  return server;
}

module.exports = { startEndpoint };
