'use strict';

const { canonicalJson, contentId } = require('./canonical');
const { cleanRecord } = require('./clean');
const { keyOf, KeyLedger } = require('./key');
const { parseSchema } = require('./schema');

module.exports = { canonicalJson, contentId, cleanRecord, keyOf, KeyLedger, parseSchema };
