//! Chance from a seed.

/// SplitMix64: small, and the same for ever, unlike the generators of a library.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 if that is 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap_or(0)
    }

    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(super) fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all.get(self.below(all.len())).copied().unwrap_or_default()
    }

    /// Of `count` things, one of every so many, for several reasons. Each has at least one, however few things there are
    /// (if they are not fewer than the reasons), which chance alone would not promise: in the first round no two take
    /// the same one.
    pub(super) fn shares<const N: usize>(&mut self, every: [usize; N], count: usize) -> [Share; N] {
        let shortest = every.iter().min().copied().unwrap_or(1);
        let from = self.below(shortest.min(count));
        let mut n = 0;
        every.map(|every| {
            n += 1;
            Share { every, at: (from + n - 1) % every.min(count).max(1) }
        })
    }
}

/// Every so manieth of a list.
#[derive(Clone, Copy)]
pub(super) struct Share {
    every: usize,
    at: usize,
}

impl Share {
    /// Whether the `n`th is one of them.
    pub(super) fn takes(self, n: usize) -> bool {
        n % self.every == self.at
    }
}
