//! Lists whose elements a table may give another place.

/// An element of a list and its place.
pub(super) struct Placed<T> {
    pub value: T,
    order: i64,
    /// Whether the table put it there: it goes before what has been there.
    put: bool,
}

impl<T> Placed<T> {
    /// The elements of a list, each in its place.
    pub(super) fn all(list: Vec<T>) -> Vec<Option<Self>> {
        list.into_iter().zip(1..).map(|(value, order)| Some(Self { value, order, put: false })).collect()
    }

    /// Something new; without a place it comes last.
    pub(super) fn new(value: T, order: Option<i32>) -> Self {
        Self { value, order: order.map_or(i64::MAX, i64::from), put: true }
    }

    /// Gives it another place; without one it stays where it is.
    pub(super) fn put(&mut self, order: Option<i32>) {
        if let Some(order) = order.map(i64::from).filter(|order| *order != self.order) {
            (self.order, self.put) = (order, true);
        }
    }
}

/// The list in its new order.
pub(super) fn in_order<T>(list: Vec<Option<Placed<T>>>) -> Vec<T> {
    let mut list: Vec<Placed<T>> = list.into_iter().flatten().collect();
    list.sort_by_key(|it| (it.order, !it.put));
    list.into_iter().map(|it| it.value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(moves: &[(usize, i32)]) -> String {
        let mut list = Placed::all("abcde".chars().collect());
        for (n, order) in moves {
            list[*n].as_mut().unwrap().put(Some(*order));
        }
        in_order(list).into_iter().collect()
    }

    #[test]
    fn what_is_put_somewhere_goes_before_what_is_there() {
        assert_eq!(moved(&[]), "abcde");
        assert_eq!(moved(&[(4, 2)]), "aebcd");
        assert_eq!(moved(&[(0, 9)]), "bcdea");
        assert_eq!(moved(&[(0, 2), (1, 1)]), "bacde");
        assert_eq!(moved(&[(1, 2)]), "abcde");
        let mut list = Placed::all(vec!['a', 'b']);
        list.push(Some(Placed::new('x', None)));
        list.push(Some(Placed::new('y', None)));
        list.push(Some(Placed::new('z', Some(1))));
        assert_eq!(in_order(list).into_iter().collect::<String>(), "zabxy");
    }
}
