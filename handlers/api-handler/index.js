'use strict';

const { deadLetterQueue } = require('@etl/dead-letter');
const { invocation } = require('@etl/invocation');
const { stage } = require('@etl/trace');
const { createApi } = require('./api');

const api = createApi({ deadLetters: deadLetterQueue('api-handler') });

exports.handler = invocation(async (event, { log, functionName }) =>
  stage('request', {}, async (annotate) => {
    const { route, response, reason } = await api(event, { functionName });
    annotate('route', route);
    annotate('statusCode', response.statusCode);
    log.info('request answered', { route, statusCode: response.statusCode, reason });
    return response;
  }),
);
