const handler = async () => ({});
exports.run = handler;
