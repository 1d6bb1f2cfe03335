// From an AWS Lambda guide, unchanged.
exports.handler = async (event, context) => {
    // event: Object containing event data
    // context: Context object with runtime info
};
