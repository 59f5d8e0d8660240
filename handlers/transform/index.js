'use strict';

const { invocation } = require('@etl/invocation');
const { parseSchema } = require('@etl/records');
const { stage } = require('@etl/trace');
const { recordsOf } = require('./event');
const { transformRecords } = require('./transform');

exports.handler = invocation(async (event, { log }) => {
  const records = recordsOf(event);
  const schema = parseSchema(event.schema);
  return stage('transform', { records: records.length }, async (annotate) => {
    const result = transformRecords(records, schema);
    for (const [name, count] of Object.entries(result.counts)) annotate(name, count);
    log.info('records transformed', { counts: result.counts });
    return { statusCode: 200, ...result };
  });
});
