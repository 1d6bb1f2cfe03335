// An Express application and its two usual adapters to Lambda.
const express = require('express');
const serverless = require('serverless-http');
const serverlessExpress = require('@codegenie/serverless-express');

const app = express();
app.use(express.json());

let visits = 0;
app.use((request, response, next) => {
  visits += 1;
  console.log(`${request.method} ${request.path}`);
  response.set('x-visits', String(visits));
  next();
});

app.get('/hello/:name', (request, response) => {
  response.json({ hello: request.params.name, loud: request.query.loud === 'yes', agent: request.get('user-agent') });
});
app.post('/echo', (request, response) => response.status(201).json({ got: request.body }));
app.get('/picture', (request, response) => response.type('png').send(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff])));
app.get('/broken', () => {
  throw new Error('broken on purpose');
});

exports.http = serverless(app, { binary: ['image/png'] });
exports.express = serverlessExpress({ app });
