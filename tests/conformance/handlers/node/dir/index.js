exports.handler = async (event) => ["a folder", event];
