//! The verbs that ask a server for anything but a typed answer: endpoints, files, jobs, tomograms, its list of datasets.

mod support;

use async_trait::async_trait;
use axum::{
    Router,
    body::Bytes,
    extract::RawQuery,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use sdap::{TableColumn, Value};
use sdap_magics::{Given, Prompts, Unanswered};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use support::Bench;

/// The smallest PNG.
const DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55";

/// What a server was asked, in order.
type Asked = Arc<Mutex<Vec<String>>>;

/// A server with an answer of each sort, which writes down what it is asked.
fn server(bench: &Bench) -> (SocketAddr, Asked) {
    let asked = Asked::default();
    let note = |asked: &Asked, what: &str, query: Option<String>| {
        asked.lock().unwrap().push(format!("{what}?{}", query.unwrap_or_default()));
    };
    let json = |text: &'static str| ([(header::CONTENT_TYPE, "application/json")], text);
    let list = r#"[{"shortName":"UAVSAR","title":"UAVSAR","start":0,"end":86400}]"#;
    let capabilities = r#"[{"name":"Stats","path":"/stats","description":"old","parameters":{}},
        {"name":"Catalog","path":"^/cdmscatalog/?.*$","description":"STAC\n of results","parameters":[]}]"#;
    let catalog = r#"{"links":[{"href":"https://HOST/cdmsresults?id=3f2a0000&output=CSV","title":"CSV","type":"text/csv","rel":"data"}]}"#;
    let writes = |what: &'static str, asked: &Asked| {
        let asked = asked.clone();
        async move |RawQuery(query): RawQuery, body: Bytes| {
            note(&asked, what, query);
            asked.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
            r#"{"success": true}"#
        }
    };
    let tomogram = {
        let asked = asked.clone();
        async move |RawQuery(query): RawQuery| {
            let netcdf = query.as_deref().unwrap_or_default().contains("NETCDF");
            note(&asked, "tomogram", query);
            if netcdf {
                b"\x89HDF\r\n\x1a\n".to_vec().into_response()
            } else {
                ([(header::CONTENT_TYPE, "image/png")], DOT).into_response()
            }
        }
    };
    let zip = {
        let asked = asked.clone();
        async move |RawQuery(query): RawQuery| {
            note(&asked, "cdmssubset", query);
            b"PK\x03\x04rest".to_vec()
        }
    };
    let router = Router::new()
        .route("/list", get(async move || json(list)))
        .route("/heartbeat", get(async move || json(r#"{"nexusproto":true,"SST":false}"#)))
        .route("/tree", get(async move || json(r#"{"meta":{"a":[1,2]},"b":"<i>"}"#)))
        .route("/words", get(async || "1.4.0"))
        .route("/bytes", get(async || b"\0\xff\xfe".to_vec()))
        .route("/page", get(async || (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], "<html>hello</html>")))
        .route("/picture", get(async || ([(header::CONTENT_TYPE, "image/png")], DOT)))
        .route("/capabilities", get(async move || json(capabilities)))
        .route("/cdmscatalog/3f2a0000", get(async move || json(catalog)))
        .route("/tomogram/longitude", get(tomogram.clone()))
        .route("/tomogram/profile", get(tomogram))
        .route("/cdmssubset", get(zip))
        .route("/datasets/add", post(writes("add", &asked)))
        .route("/datasets/remove", post(writes("remove", &asked)));
    let address = bench.wait(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    });
    (address, asked)
}

/// A bench that asks that server.
fn asking() -> (Bench, Asked) {
    let bench = Bench::new();
    let (address, asked) = server(&bench);
    bench.text(&format!("%sdap target lab=http://{address}"));
    (bench, asked)
}

fn texts(bench: &Bench, name: &str, column: &str) -> Vec<String> {
    let value = bench.session.binding(name).unwrap().value;
    let Value::Table(table) = &*value else { panic!("a table") };
    match table.column(column) {
        Some(TableColumn::Text(texts)) => texts.clone(),
        other => panic!("{column}: {other:?}"),
    }
}

#[test]
fn objects_in_a_row_are_a_table_and_all_else_is_a_tree() {
    let (bench, _) = asking();
    let text = bench.text("let all = %sdap get /list\n%sdap table all");
    assert!(text.contains("UAVSAR") && text.contains("shortName"), "{text}");
    assert_eq!(texts(&bench, "all", "shortName"), ["UAVSAR"]);
    let tree = bench.run("%sdap get tree").unwrap();
    assert!(tree[0].plain().contains("a [2]"), "{}", tree[0].plain());
    assert!(tree[0].data["text/html"].as_str().unwrap().contains("&lt;i&gt;"));
    bench.text("let leaves = %sdap get /tree");
    assert_eq!(texts(&bench, "leaves", "path"), ["meta.a[0]", "meta.a[1]", "b"]);
    assert!(bench.text("%sdap get /words").starts_with("1.4.0"));
}

#[test]
fn pictures_are_shown_and_anything_can_be_saved_as_it_came() {
    let (bench, _) = asking();
    assert!(bench.run("%sdap get /picture").unwrap()[0].data.contains_key("image/png"));
    assert!(bench.text("%sdap get /bytes").contains("--save FILE"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.bin");
    let save = format!("%sdap get /bytes --save {}", file.display());
    assert!(bench.text(&save).starts_with("saved "));
    assert_eq!(std::fs::read(&file).unwrap(), b"\0\xff\xfe");
    assert!(bench.fault(&save).contains("exists, and is not overwritten"));
    bench.text(&format!("{save} --force"));
    assert!(bench.fault("%sdap get /page").contains("a web page instead of data"));
    let page = format!("%sdap get /page --save {}", folder.path().join("a.zip").display());
    assert!(bench.fault(&page).contains("what came is no .zip file, and is not saved: it is a web page"));
    assert!(!folder.path().join("a.zip").exists());
}

#[test]
fn dead_endpoints_and_those_that_change_something_are_refused_before_anybody_is_asked() {
    let bench = Bench::new();
    let dead = bench.fault("%sdap get /stats ds=A --target http://127.0.0.1:9");
    insta::assert_snapshot!(dead);
    assert!(bench.fault("%sdap get datasets/remove/ name=A --target http://127.0.0.1:9").contains("%sdap dataset remove"));
    assert!(bench.fault("%sdap get https://example.org/list").contains("a whole URL"));
    assert!(bench.fault("%sdap get /list nocached").contains("`nocached` is not a parameter"));
}

#[test]
fn capabilities_are_listed_and_what_is_dead_among_them_is_marked() {
    let (bench, _) = asking();
    let text = bench.text("let endpoints = %sdap capabilities\n%sdap capabilities stac");
    assert!(text.contains("/cdmscatalog") && text.contains("STAC of results"), "{text}");
    assert_eq!(texts(&bench, "endpoints", "path"), ["/cdmscatalog", "/stats"]);
    assert!(texts(&bench, "endpoints", "remark")[1].starts_with("dead; /timeSeriesSpark"));
    assert!(bench.fault("%sdap capabilities tomato").contains("no endpoint of"));
}

#[test]
fn a_heartbeat_says_of_each_part_whether_it_is_there() {
    let (bench, _) = asking();
    bench.text("let alive = %sdap heartbeat");
    assert_eq!(texts(&bench, "alive", "state"), ["there", "not there"]);
}

#[test]
fn a_tomogram_is_shown_and_its_numbers_are_saved() {
    let (bench, asked) = asking();
    let cut = "%sdap tomogram longitude UAVSAR --at -118.07 --between 34.83,34.87 --elevation 0,80.5";
    assert!(bench.run(cut).unwrap()[0].data.contains_key("image/png"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cut.nc");
    bench.text(&format!("%sdap tomogram profile UAVSAR --from 1,2 --to 3,4 --elevation 0,80 cmap=gray --save {}", file.display()));
    assert!(std::fs::read(&file).unwrap().starts_with(b"\x89HDF"));
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "tomogram?ds=UAVSAR&longitude=-118.07&minLat=34.83&maxLat=34.87&minElevation=0&maxElevation=81&output=PNG",
            "tomogram?ds=UAVSAR&p1=1,2&p2=3,4&minElevation=0&maxElevation=80&output=NETCDF&cmap=gray",
        ]
    );
    let faults = [
        "%sdap tomogram longitude UAVSAR --at 1 --elevation 0,80",
        "%sdap tomogram profile UAVSAR --from 1,2 --elevation 0,80",
        "%sdap tomogram 3d UAVSAR --elevation 0,80",
        "%sdap tomogram latitude UAVSAR --at 1 --between 1,2 --elevation 0,80 --format csv",
        "%sdap tomogram latitude UAVSAR --at 1 --between 1,2 --elevation 0,80 --format netcdf",
        "%sdap tomogram latitude UAVSAR --at 1 --between 1,2 --elevation 80,0",
        "%sdap tomogram latitude UAVSAR --at 1 --between 1,2 --elevation 0,80 parameter=x",
        "%sdap tomogram latitude UAVSA --at 1 --between 1,2 --elevation 0,80",
    ];
    insta::assert_snapshot!(faults.map(|cell| bench.fault(cell).replace(&address(&bench), "SERVER")).join("\n\n"));
}

/// The address of the current target.
fn address(bench: &Bench) -> String {
    let text = bench.text("%sdap target");
    text.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned()
}

#[test]
fn samples_come_as_the_servers_own_zip_file() {
    let (bench, asked) = asking();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.zip");
    let text = bench.text(&format!("%sdap subset UAVSAR --bbox 1,2,3,4 --time 1970-01-01 --zip {}", file.display()));
    assert!(text.starts_with("saved ") && std::fs::read(&file).unwrap().starts_with(b"PK"), "{text}");
    let expected = "cdmssubset?dataset=UAVSAR&startTime=1970-01-01T00:00:00Z&endTime=1970-01-01T23:59:59Z&b=1,2,3,4&output=ZIP";
    assert_eq!(*asked.lock().unwrap(), [expected]);
}

#[test]
fn the_links_of_a_catalog_lead_to_the_server_that_was_asked() {
    let (bench, _) = asking();
    bench.text("let links = %sdap catalog 3f2a0000");
    assert_eq!(texts(&bench, "links", "address"), [format!("{}/cdmsresults?id=3f2a0000&output=CSV", address(&bench))]);
}

/// Answers every question alike, and writes the questions down.
struct Says(&'static str, Mutex<Vec<String>>);

#[async_trait]
impl Prompts for Says {
    async fn secret(&self, _question: &str) -> Result<String, Unanswered> {
        Err(Unanswered("nothing is secret here".to_owned()))
    }

    async fn line(&self, question: &str) -> Result<String, Unanswered> {
        self.1.lock().unwrap().push(question.to_owned());
        Ok(self.0.to_owned())
    }
}

#[test]
fn a_dataset_is_added_at_once_and_removed_only_after_a_yes() {
    let (bench, asked) = asking();
    let text = bench.text("%sdap dataset add NEW s3://bucket/new.zarr --variable sst --public");
    assert!(text.contains("does not list it yet"), "{text}");
    let body = r#"{"variable":"sst","coords":{"latitude":"lat","longitude":"lon","time":"time"},"aws":{"public":true}}"#;
    assert_eq!(*asked.lock().unwrap(), ["add?name=NEW&path=s3://bucket/new.zarr", body]);
    asked.lock().unwrap().clear();

    let remove = "%sdap dataset remove UAVSAR";
    let run = |answer| {
        let says = Says(answer, Mutex::default());
        let ran = bench.run_given(remove, &Given { prompts: &says, ..Given::default() });
        (ran, says.1.into_inner().unwrap())
    };
    let (refused, questions) = run("no");
    assert_eq!(refused.unwrap_err().kind, "NotConfirmed");
    assert_eq!(questions, [format!("Remove UAVSAR at {} for everybody? (yes or no) ", address(&bench))]);
    assert!(bench.fault(remove).starts_with("NoAnswer: "), "nobody is there to be asked");
    assert!(asked.lock().unwrap().is_empty(), "nothing was sent");
    run("yes").0.unwrap();
    bench.text(&format!("{remove} --yes"));
    assert_eq!(asked.lock().unwrap().iter().filter(|a| *a == "remove?name=UAVSAR").count(), 2);
    assert!(bench.fault("%sdap dataset remove UNKNOWN --yes").starts_with("UnknownDataset"));
    assert!(bench.fault("%sdap dataset add NEW --variable sst").contains("lacks its PATH"));
    assert!(bench.fault("%sdap dataset add NEW /data/new.zarr").contains("lacks its variable"));
    assert!(bench.fault("%sdap dataset add NEW /data/new.zarr --variable v --coords lat=a").contains("--coords cannot have `lat=a`"));
}
