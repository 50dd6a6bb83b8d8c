use std::io::Write;

use super::*;

fn load(file: &str, env: &[(&str, &str)], flags: &str) -> Result<Config, Vec<String>> {
    let mut at = tempfile::NamedTempFile::new().unwrap();
    at.write_all(file.as_bytes()).unwrap();
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(at.path()), env, flags.parse().unwrap())
        .map_err(|faults| faults.faults().iter().map(|f| f.replace(&at.path().display().to_string(), "FILE")).collect())
}

fn faults(file: &str, env: &[(&str, &str)], flags: &str) -> Vec<String> {
    load(file, env, flags).unwrap_err()
}

#[test]
fn defaults_are_complete_and_every_one_is_documented() {
    let config = load("", &[], "").unwrap();
    let defaults: toml::Table = DEFAULTS.parse().unwrap();
    let mut names = Vec::new();
    for (name, value) in &defaults {
        match value {
            toml::Value::Table(section) => names.extend(section.keys().map(|key| format!("{name}.{key}"))),
            _ => names.push(name.clone()),
        }
    }
    let mut known = rules::NAMES.map(str::to_owned);
    names.sort();
    known.sort();
    assert_eq!(names, known);
    // Each field of the structs is a key of the file and the other way round: serde refuses both kinds of difference
    // on loading; here the way back.
    let back = toml::Table::try_from(&config).unwrap();
    assert_eq!(back.keys().collect::<Vec<_>>(), defaults.keys().collect::<Vec<_>>());
    let lines: Vec<_> = DEFAULTS.lines().collect();
    for pair in lines.windows(2) {
        if pair[1].contains(" = ") && !pair[1].starts_with('#') {
            assert!(pair[0].starts_with("# "), "undocumented: {}", pair[1]);
        }
    }
}

#[test]
fn later_layers_win() {
    let file = "listen = \"127.0.0.1:1\"\ndata_dir = \"file\"\n[limits]\ndepth = 1\nids = 7";
    let env =
        [("PLENARY_LISTEN", "127.0.0.1:2"), ("PLENARY_LIMITS__DEPTH", "2"), ("OTHER", "x"), ("PLENARY_TEST_X", "y")];
    let config = load(file, &env, "listen = \"127.0.0.1:3\"").unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!((config.limits.depth, config.limits.ids, config.limits.aliases), (2, 7, 50));
    assert_eq!(config.data_dir, PathBuf::from("file"));
}

#[test]
fn environment_reads_every_type() {
    let env = [("PLENARY_GRAPHQL__INTROSPECTION", "false"), ("PLENARY_TRUSTED_PROXIES", "10.0.0.0/8, ::1")];
    let config = load("", &env, "").unwrap();
    assert!(!config.graphql.introspection);
    assert_eq!(config.trusted_proxies, ["10.0.0.0/8".parse().unwrap(), "::1/128".parse::<IpNet>().unwrap()]);
}

#[test]
fn all_faults_at_once_each_with_its_place_and_mend() {
    let file = "lisen = \"x\"\n[limits]\ndept = 3\ntokens = \"many\"\naliases = 0\n[nonsense]\nx = 1";
    let env = [("PLENARY_LIMITS__DEPHT", "3"), ("PLENARY_LIMITS__IDS", "few"), ("PLENARY_LISTEN", "nowhere")];
    let found = faults(file, &env, "[log]\nformat = \"xml\"");
    assert_eq!(
        found,
        [
            "FILE: `limits.dept` is no setting; did you mean `limits.depth`?",
            "FILE: `limits.tokens` must be a whole number, not a string.",
            "FILE: `lisen` is no setting; did you mean `listen`?",
            "FILE: `nonsense` is no setting; config.default.toml lists all settings.",
            "PLENARY_LIMITS__DEPHT is no setting; did you mean PLENARY_LIMITS__DEPTH?",
            "PLENARY_LIMITS__IDS must be a whole number.",
            "PLENARY_LISTEN must be an address and a port, such as 127.0.0.1:8000 or [::1]:8000.",
            "the command line: `log.format` must be human or json.",
            "FILE: `limits.aliases` must be between 1 and 10000, not 0.",
        ]
    );
}

#[test]
fn a_section_is_not_a_value() {
    assert_eq!(faults("limits = 3", &[], ""), ["FILE: `limits` must be a section, not a whole number."]);
    assert_eq!(faults("[listen]\nx = 1", &[], ""), ["FILE: `listen` must be a string, not a section."]);
    assert_eq!(faults("", &[("PLENARY_LIMITS", "3")], "").len(), 1);
    assert_eq!(
        faults("trusted_proxies = [1]", &[], ""),
        ["FILE: `trusted_proxies` must be a list of strings, not a list of other things."]
    );
}

#[test]
fn secrets_never_print() {
    let env = [("PLENARY_DATABASE_URL", "postgres://u:hunter2@h/d"), ("PLENARY_REDIS_URL", "redis://:hunter2@h")];
    let config = load("", &env, "").unwrap();
    assert_eq!(config.database().expose(), "postgres://u:hunter2@h/d");
    for printed in [format!("{config:?}"), toml::to_string(&config).unwrap(), config.redis_url.to_string()] {
        assert!(printed.contains("***") && !printed.contains("hunter2"), "{printed}");
    }
    let wrong = [("PLENARY_DATABASE_URL", "mysql://u:hunter2@h/d")];
    for found in [
        faults("", &wrong, ""),
        faults("redis_url = \"hunter2\"", &[], ""),
        faults("a = 1\ndatabase_url = \"postgres://u:hunter2@h/d\" x", &[], ""),
        faults("database_url = \"hunter2", &[], ""),
    ] {
        assert!(!found.join(" ").contains("hunter2"), "{found:?}");
    }
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_the_line() {
    assert!(faults("a = 1\nb = = 2", &[], "")[0].starts_with("FILE: line 2 is not TOML: "));
    let missing = Config::load(Some(Path::new("no/such/file")), std::iter::empty(), toml::Table::new()).unwrap_err();
    assert!(missing.to_string().starts_with("no/such/file: the file can't be read"));
}

#[test]
fn what_is_empty_is_derived() {
    let config = load("data_dir = \"a?b\"\nlisten = \"0.0.0.0:9\"", &[], "").unwrap();
    assert_eq!(config.database().expose(), "sqlite://a%3Fb/plenary.db?mode=rwc");
    assert_eq!(config.public(), "http://127.0.0.1:9");
    assert_eq!(load("public_url = \"https://x.example/\"", &[], "").unwrap().public(), "https://x.example");
    assert_eq!(faults("public_url = \"ftp://x\"", &[], "").len(), 1);
}

const GOOGLE: &str = "[providers.google]\nissuer = \"https://accounts.google.com\"\nclient_id = \"me\"\n";

#[test]
fn providers_and_apps_have_names_of_the_operators_choice() {
    let file = format!(
        "{GOOGLE}[providers.github]\nkind = \"github\"\nclient_id = \"us\"\n[apps.phone]\nredirect_uris = [\"a.b:/c\"]"
    );
    let env = [
        ("PLENARY_PROVIDERS__GOOGLE__CLIENT_SECRET", "hunter2"),
        ("PLENARY_PROVIDERS__KC_2__ISSUER", "http://127.0.0.1:8080/realms/r"),
        ("PLENARY_PROVIDERS__KC_2__CLIENT_ID", "them"),
        ("PLENARY_PROVIDERS__KC_2__SCOPES", "openid, email"),
    ];
    let config = load(&file, &env, "").unwrap();
    assert_eq!(config.providers.keys().collect::<Vec<_>>(), ["github", "google", "kc_2"]);
    let google = &config.providers["google"];
    assert_eq!((google.kind, google.client_secret.expose()), (ProviderKind::Oidc, "hunter2"));
    assert_eq!(config.providers["github"].kind, ProviderKind::Github);
    assert_eq!(config.providers["kc_2"].scopes, ["openid", "email"]);
    assert_eq!(config.apps["phone"].redirect_uris, ["a.b:/c"]);
    assert!(!format!("{config:?}{}", toml::to_string(&config).unwrap()).contains("hunter2"));
    let later = load(GOOGLE, &[("PLENARY_PROVIDERS__GOOGLE__CLIENT_ID", "later")], "").unwrap();
    assert_eq!(later.providers["google"].client_id, "later");
}

#[test]
fn faults_of_providers_and_apps_name_the_place_and_the_mend() {
    let found = faults(
        "[providers.google]\nclient = \"x\"\n[providers.Upper]\nkind = \"saml\"\nissuer = \"http://idp.example\"\n\
         scopes = [\"email\"]\nclient_secret = 3\n[apps.phone]\nredirect_uris = [\"javascript:x\"]\n[apps.empty]",
        &[("PLENARY_PROVIDERS__GOOGLE__CLIENT_SECRE", "hunter2"), ("PLENARY_PROVIDER__GOOGLE__CLIENT_ID", "x")],
        "",
    );
    let expected = [
        "FILE: `providers.Upper.client_secret` must be a string, not a whole number.",
        "FILE: `providers.google.client` is no setting; did you mean `providers.google.client_id`?",
        "PLENARY_PROVIDERS__GOOGLE__CLIENT_SECRE is no setting; did you mean PLENARY_PROVIDERS__GOOGLE__CLIENT_SECRET?",
        "PLENARY_PROVIDER__GOOGLE__CLIENT_ID is no setting; did you mean PLENARY_PROVIDERS__GOOGLE__CLIENT_ID?",
        "`providers.Upper` must be named with lower-case letters, digits and underscores, a letter first, 32 at most.",
        "FILE: `providers.Upper.kind` must be oidc or github.",
        "FILE: `providers.Upper.issuer` must be the provider's address",
        "`providers.Upper.client_id` must be what the provider calls this server",
        "`providers.google.issuer` must be the provider's address",
        "`apps.empty.redirect_uris` must be a list of one address at least",
        "FILE: `apps.phone.redirect_uris` must be a list of addresses, each https",
    ];
    for wanted in expected {
        assert!(found.iter().any(|fault| fault.starts_with(wanted)), "{wanted}\n{found:#?}");
    }
    assert!(!found.join(" ").contains("hunter2"));
    assert_eq!(faults("providers = 3", &[], ""), ["FILE: `providers` must be a section, not a whole number."]);
    let scopes = format!("{GOOGLE}scopes = [\"email\"]");
    assert!(faults(&scopes, &[], "")[0].contains("openid"));
}
