"""SAM templates as people write them, for the tests of this package."""

from pathlib import Path

SHOP = '''\
# Shop back end — reviewed 2026-10
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Description: >
  Orders, payments
  and pictures.

Parameters:
  Stage:
    Type: String
    Default: dev          # prod | dev
  VpcId: {Type: "AWS::EC2::VPC::Id"}
  Origins: {Type: CommaDelimitedList, Default: "https://a.example, https://b.example"}

Mappings:
  Sizes:
    dev:  {memory: 256}
    prod: {memory: 1024}

Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsQuiet: !And [!Condition IsProd, !Not [!Equals ["a", "b"]]]

Globals:
  Function:
    Runtime: python3.13   # all the same
    Timeout: 30
    Layers:
      - arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:7
    Environment:
      Variables:
        LOG_LEVEL: INFO
        STAGE: !Ref Stage

Resources:
  # ---------------------------------------------------------------- orders
  OrdersFunction:   # takes orders
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: python3.13}
    Properties:
      CodeUri: orders/
      Handler: app.handler   # entry
      MemorySize: !FindInMap [Sizes, !Ref Stage, memory]
      Environment:
        Variables:
          # where the orders go
          TABLE: !Ref Table      # see below
          QUEUE_URL: !Ref Queue
          ARN: !GetAtt Table.Arn
          GREETING: "Grüß Gott, \\"you\\""
          MODE: !If [IsProd, 'live', 'test']
          API: !Sub 'https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}'
          ACCOUNT: !Join [":", [!Ref "AWS::AccountId", !Ref AWS::Partition]]
          SHARED: !ImportValue shared-key
          VPC: !Ref VpcId
          DEBUG: false
          RETRIES: 3
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Table}
      Events:
        Post: {Type: HttpApi, Properties: {Path: /orders, Method: post}}
        Nightly:
          Type: Schedule
          Properties:
            Schedule: rate(1 day)

  # makes small pictures
  Pictures:
    Type: AWS::Serverless::Function
    DependsOn: [OrdersFunction, Table]
    Properties:
      FunctionName: !Sub "${AWS::StackName}-pictures"
      CodeUri: ./src/pictures
      Handler: index.handler
      Runtime: nodejs22.x
      Architectures: [arm64]
      EphemeralStorage:
        Size: 1024
      Layers: [!Ref SharpLayer]
      Environment:
        Variables:
          ORDERS: !GetAtt OrdersFunction.Arn
          ORDERS_TOO:
            Fn::Sub: "x-${OrdersFunction.Arn}-${!OrdersFunction}-${OrdersFunctionX}"

  SharpLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/sharp}

  Table: {Type: AWS::Serverless::SimpleTable}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${AWS::StackName}-orders"

Outputs:
  # the one to call
  OrdersArn:
    Value: !GetAtt OrdersFunction.Arn
  OrdersRole: {Value: !GetAtt OrdersFunctionRole.Arn}
'''

ANCHORED = '''\
Transform: AWS::Serverless-2016-10-31
Resources:
  First:
    Type: AWS::Serverless::Function
    Properties: &common
      CodeUri: &code code/
      Handler: app.handler
      Runtime: python3.13
      MemorySize: &memory 512
  Second:
    Type: AWS::Serverless::Function
    Properties:
      <<: *common
      Handler: other.handler
      Timeout: 7
  Third:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: *code
      Handler: app.third
      Runtime: python3.13
      MemorySize: *memory
'''

JSON = '''\
{
  "Transform": "AWS::Serverless-2016-10-31",
  "Resources": {
    "Hello": {
      "Type": "AWS::Serverless::Function",
      "Properties": {
        "CodeUri": "hello",
        "Handler": "app.handler",
        "Runtime": "python3.13",
        "Environment": {"Variables": {"AB": "1", "CD": "2"}}
      }
    }
  }
}
'''


def write_workspace(root: Path, template: str, *folders: str, line_end: str = "\n", name: str = "template.yaml") -> Path:
    """A workspace folder with the template and an app.py in each folder."""
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(template.replace("\n", line_end).encode())
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "app.py").write_text("def handler(event, context):\n    return event\n", encoding="utf-8")
    return root
