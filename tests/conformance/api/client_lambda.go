// What a user of AWS's SDK for Go does with a function, from its creation to its end. Prints what it was told, as JSON.
// Argument: the endpoint.
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const code = "import json\ndef handler(event, context):\n    print('seen')\n    if event.get('fail'):\n        raise ValueError('on purpose')\n    return {'n': event.get('n'), 'version': context.function_version}\n"

func zipped(text string) []byte {
	var buffer bytes.Buffer
	writer := zip.NewWriter(&buffer)
	file, _ := writer.Create("app.py")
	file.Write([]byte(text))
	writer.Close()
	return buffer.Bytes()
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx, endpoint, told := context.Background(), os.Args[1], map[string]interface{}{}
	client := lambda.New(lambda.Options{Region: "us-east-1", EndpointResolver: lambda.EndpointResolverFromURL(endpoint),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), RetryMaxAttempts: 1})
	name := aws.String("go")
	created, err := client.CreateFunction(ctx, &lambda.CreateFunctionInput{FunctionName: name, Runtime: "python3.11",
		Role: aws.String("arn:aws:iam::123456789012:role/r"), Handler: aws.String("app.handler"),
		Code: &types.FunctionCode{ZipFile: zipped(code)}})
	check(err)
	told["created"] = created.State
	waiter := lambda.NewFunctionActiveV2Waiter(client)
	check(waiter.Wait(ctx, &lambda.GetFunctionInput{FunctionName: name}, 30*time.Second))
	invoke := func(label string, input lambda.InvokeInput) {
		answer, err := client.Invoke(ctx, &input)
		check(err)
		tail, _ := base64.StdEncoding.DecodeString(aws.ToString(answer.LogResult))
		told[label] = []interface{}{answer.StatusCode, aws.ToString(answer.ExecutedVersion), string(answer.Payload),
			aws.ToString(answer.FunctionError), strings.Contains(string(tail), "REPORT RequestId: ")}
	}
	invoke("plain", lambda.InvokeInput{FunctionName: name, Payload: []byte(`{"n": 1}`), LogType: types.LogTypeTail})
	invoke("failed", lambda.InvokeInput{FunctionName: name, Payload: []byte(`{"fail": true}`)})
	version, err := client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name})
	check(err)
	_, err = client.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: name, Name: aws.String("live"), FunctionVersion: version.Version})
	check(err)
	invoke("alias", lambda.InvokeInput{FunctionName: name, Qualifier: aws.String("live"), Payload: []byte(`{"n": 2}`)})
	invoke("event", lambda.InvokeInput{FunctionName: name, InvocationType: types.InvocationTypeEvent, Payload: []byte(`{}`)})
	invoke("dryRun", lambda.InvokeInput{FunctionName: name, InvocationType: types.InvocationTypeDryRun, Payload: []byte(`{}`)})
	_, err = client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("nobody")})
	var missing *types.ResourceNotFoundException
	told["missing"] = errors.As(err, &missing)
	if missing != nil {
		told["words"] = aws.ToString(missing.Message)
	}
	_, err = client.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: aws.Int32(0)})
	check(err)
	_, err = client.Invoke(ctx, &lambda.InvokeInput{FunctionName: name})
	var throttled *types.TooManyRequestsException
	told["throttled"] = errors.As(err, &throttled)
	if throttled != nil {
		told["reason"] = throttled.Reason
	}
	url, err := client.CreateFunctionUrlConfig(ctx, &lambda.CreateFunctionUrlConfigInput{FunctionName: name, AuthType: types.FunctionUrlAuthTypeNone})
	check(err)
	told["url"] = strings.Contains(aws.ToString(url.FunctionUrl), ".lambda-url.us-east-1.")
	count := 0
	pages := lambda.NewListFunctionsPaginator(client, &lambda.ListFunctionsInput{MaxItems: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		check(err)
		count += len(page.Functions)
	}
	told["functions"] = count
	_, err = client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name})
	check(err)
	text, _ := json.Marshal(told)
	fmt.Println(string(text))
}
