// From an AWS Lambda guide, unchanged.
// Global scope - runs once per cold start
const AWS = require('aws-sdk');
const s3 = new AWS.S3();

exports.handler = async (event, context) => {
    // Extract data from event
    const userId = event.userId;
    
    // Business logic
    const result = await processUser(userId);
    
    // Return response
    return {
        statusCode: 200,
        body: JSON.stringify({
            message: 'Success',
            data: result
        })
    };
};

async function processUser(userId) {
    // Your business logic here
    return { userId, processed: true };
}
