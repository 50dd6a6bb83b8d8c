use super::*;

/// Everything that leads, or may lead, to this machine or around it, in every spelling that somebody has tried.
#[test]
fn inside_is_refused() {
    let hosts = [
        // This machine.
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "0x7f.1",
        "0x7f000001",
        "0x7F.0x0.0x0.0x1",
        "0177.0.0.1",
        "017700000001",
        "2130706433",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "localhost.localdomain",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::127.0.0.1]",
        "[2002:7f00:1::]",
        "[2002:7f00:0001:0:0:0:0:1]",
        // The unspecified address is this machine too.
        "0.0.0.0",
        "0",
        "0x0",
        "0.1.2.3",
        "[::]",
        "[::ffff:0.0.0.0]",
        // Private networks.
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "192.168.257",
        "0xc0.0xa8.1",
        "100.64.0.1",
        "100.127.255.255",
        "100.100.100.200",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fdff::1]",
        "[fec0::1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:192.168.1.1]",
        "[64:ff9b::a00:1]",
        "[64:ff9b::192.168.0.1]",
        "[2002:c0a8:1::1]",
        "[2002:a00:1::]",
        // What clouds tell their machines.
        "169.254.169.254",
        "169.254.0.0",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "169.16689662",
        "168.63.129.16",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::169.254.169.254]",
        "[2002:a9fe:a9fe::]",
        "[fe80::1]",
        "[febf::1]",
        "metadata.google.internal",
        "metadata",
        // Names that are nobody's on the internet.
        "redis",
        "db.",
        "printer.local",
        "router.lan",
        "nas.home.arpa",
        "wiki.intranet",
        "x.invalid",
        // Documentation, benchmarks, protocols, multicast, reserved.
        "192.0.2.1",
        "198.51.100.7",
        "203.0.113.9",
        "198.18.0.1",
        "198.19.255.255",
        "192.0.0.8",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "[2001:db8::1]",
        "[3fff::1]",
        "[2001::1]",
        "[2001:0:7f00:1::]",
        "[2001:10::1]",
        "[2001:2::1]",
        "[100::1]",
        "[5f00::1]",
        "[ff02::1]",
        "[ff0e::1]",
        "[4000::1]",
    ];
    for host in hosts {
        for scheme in ["https", "HTTPS"] {
            for rest in ["", "/", ":8443/a?b=c", ":443"] {
                let url = format!("{scheme}://{host}{rest}");
                assert_eq!(check(&url, false), Err(Refusal::NotPublic), "{url}");
                assert!(check(&url, true).is_ok(), "{url}");
            }
        }
    }
}

#[test]
fn outside_is_asked() {
    for host in [
        "example.org",
        "hooks.example.org",
        "münchen.example.org",
        "local.example.org",
        "localhost.example.org",
        "8.8.8.8",
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "192.167.1.1",
        "192.0.1.1",
        "198.17.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "[2606:4700:4700::1111]",
        "[2a00:1450::1]",
        "[2001:200::1]",
        "[2001:4860:4860::8888]",
        "[::ffff:8.8.8.8]",
        "[64:ff9b::8.8.8.8]",
        "[2003::1]",
    ] {
        let url = format!("https://{host}:8443/hooks/a?token=b");
        assert!(check(&url, false).is_ok(), "{url}");
    }
}

#[test]
fn what_is_no_address_of_a_webhook() {
    let long = format!("https://example.org/{}", "a".repeat(2_000));
    for (url, refusal) in [
        ("", Refusal::Form),
        ("example.org", Refusal::Form),
        ("https://", Refusal::Form),
        ("https:///", Refusal::Form),
        ("https://example.org\\@127.0.0.1/", Refusal::Form),
        ("https:\\\\127.0.0.1\\", Refusal::Form),
        (" https://example.org/", Refusal::Form),
        ("https://exam\nple.org/", Refusal::Form),
        ("https://example.org/\r\nHost: x", Refusal::Form),
        ("https://example.org/a b", Refusal::Form),
        ("https://[fe80::1%25eth0]/", Refusal::Form),
        ("https://127.0.0.256/", Refusal::Form),
        ("https://1.2.3.4.5/", Refusal::Form),
        ("https://example.org:99999/", Refusal::Form),
        (&long, Refusal::Form),
        ("http://example.org/", Refusal::Scheme),
        ("ftp://example.org/", Refusal::Scheme),
        ("file:///etc/passwd", Refusal::Scheme),
        ("gopher://127.0.0.1:6379/_x", Refusal::Scheme),
        ("javascript:alert(1)", Refusal::Scheme),
        ("unix:/run/docker.sock", Refusal::Scheme),
        ("https://user@example.org/", Refusal::Credentials),
        ("https://user:hunter2@example.org/", Refusal::Credentials),
        ("https://:hunter2@example.org/", Refusal::Credentials),
        ("https://example.org#@127.0.0.1/", Refusal::Fragment),
        ("https://example.org/#a", Refusal::Fragment),
    ] {
        let refused = check(url, false).unwrap_err();
        assert_eq!(refused, refusal, "{url}");
        // What is wrong may be a password: it is not repeated.
        assert!(!refused.sentence().contains("hunter2") && !refused.to_string().contains("hunter2"));
    }
    assert!(check("http://example.org/", true).is_ok());
    for never in ["ftp://example.org/", "https://user@example.org/", "file:///etc/passwd"] {
        assert!(check(never, true).is_err(), "{never}");
    }
}

proptest::proptest! {
    /// However an IPv4 address is wrapped, it is as public as it is bare.
    #[test]
    fn wrapping_changes_nothing(bits: u32) {
        let bare = Ipv4Addr::from_bits(bits);
        let public = is_public(bare.into());
        let mapped = bare.to_ipv6_mapped();
        let translated = Ipv6Addr::from_bits(0x64_ff9b << 96 | u128::from(bits));
        for wrapped in [mapped, translated] {
            proptest::prop_assert_eq!(is_public(wrapped.into()), public, "{}", wrapped);
        }
        // The standard library's own idea of what is never public is part of ours.
        let inside = bare.is_private() || bare.is_loopback() || bare.is_link_local() || bare.is_unspecified()
            || bare.is_multicast() || bare.is_broadcast() || bare.is_documentation();
        proptest::prop_assert!(!inside || !public, "{}", bare);
        for spelling in [format!("{bits}"), format!("{bits:#x}"), format!("{bits:#o}").replace('o', ""), bare.to_string()] {
            let checked = check(&format!("https://{spelling}/"), false);
            proptest::prop_assert_eq!(checked.is_ok(), public, "{}", spelling);
        }
    }

    #[test]
    fn what_is_not_global_is_not_public(bits: u128) {
        let address = Ipv6Addr::from_bits(bits);
        let inside = address.is_loopback() || address.is_unspecified() || address.is_multicast()
            || address.is_unique_local() || address.is_unicast_link_local();
        proptest::prop_assert!(!inside || !is_public(address.into()));
    }

    /// Garbage is refused, and what is accepted is https without a user.
    #[test]
    fn nothing_panics(text in "(https?://)?\\PC{0,60}", allow: bool) {
        if let Ok(url) = check(&text, allow) {
            proptest::prop_assert!(url.scheme() == "https" || allow);
            proptest::prop_assert!(url.username().is_empty() && url.has_host());
        }
    }
}
