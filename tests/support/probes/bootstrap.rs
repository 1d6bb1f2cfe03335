//! The probe as a custom runtime in Rust, with the standard library alone.

use std::collections::HashMap;
use std::env::var;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

struct Answer {
    headers: HashMap<String, String>,
    body: String,
}

fn call(method: &str, path: &str, body: &str) -> Answer {
    let mut connection = TcpStream::connect(var("AWS_LAMBDA_RUNTIME_API").unwrap()).expect("the Runtime API answers");
    let head = format!("{method} /2018-06-01/runtime{path} HTTP/1.1\r\nHost: api\r\nConnection: close\r\n");
    write!(connection, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut reader = BufReader::new(connection);
    let mut headers = HashMap::new();
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap() > 2 {
        if let Some((name, value)) = line.trim_end().split_once(": ") {
            headers.insert(name.to_lowercase(), value.to_string());
        }
        line.clear();
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    Answer { headers, body: String::from_utf8(body).unwrap() }
}

fn text_of(event: &str) -> &str {
    event.split_once("\"text\":\"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(text, _)| text)
}

fn handle(event: &str) -> Result<(), String> {
    println!("marker {}", text_of(event));
    eprintln!("beside {}", text_of(event));
    if event.contains("\"action\":\"sleep\"") {
        std::thread::sleep(Duration::from_secs(60));
    }
    if event.contains("\"action\":\"crash\"") {
        std::process::exit(3);
    }
    if event.contains("\"action\":\"panic\"") {
        panic!("the probe panics");
    }
    if event.contains("\"action\":\"raise\"") { Err("boom".to_string()) } else { Ok(()) }
}

fn type_name<T>(_: &T) -> &'static str {
    std::any::type_name::<T>()
}

fn success(next: &Answer, count: u32) -> String {
    let header = |name: &str| next.headers.get(name).cloned().unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let remaining = header("lambda-runtime-deadline-ms").parse::<i64>().unwrap() - now;
    let texts = [
        ("requestId", header("lambda-runtime-aws-request-id")),
        ("function", var("AWS_LAMBDA_FUNCTION_NAME").unwrap()),
        ("version", var("AWS_LAMBDA_FUNCTION_VERSION").unwrap()),
        ("memory", var("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").unwrap()),
        ("arn", header("lambda-runtime-invoked-function-arn")),
        ("stream", var("AWS_LAMBDA_LOG_STREAM_NAME").unwrap()),
        ("trace", header("lambda-runtime-trace-id")),
        ("root", var("LAMBDA_TASK_ROOT").unwrap()),
    ];
    let fields: String = texts.iter().map(|(name, value)| format!(",\"{name}\":\"{value}\"")).collect();
    format!("{{\"event\":{},\"count\":{count},\"remaining\":{remaining}{fields}}}", next.body)
}

fn main() {
    for count in 1.. {
        let next = call("GET", "/invocation/next", "");
        let id = &next.headers["lambda-runtime-aws-request-id"];
        match handle(&next.body) {
            Ok(()) => call("POST", &format!("/invocation/{id}/response"), &success(&next, count)),
            Err(error) => {
                let kind = type_name(&error);
                let document = format!("{{\"errorType\":\"{kind}\",\"errorMessage\":\"{error}\"}}");
                call("POST", &format!("/invocation/{id}/error"), &document)
            }
        };
    }
}
