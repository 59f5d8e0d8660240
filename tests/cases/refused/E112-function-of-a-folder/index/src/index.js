exports.run = async () => "done";
