//! The assignment of rows to columns whose sum of gains is the largest.

/// A gain no sum of gains comes near to.
const FAR: i128 = i128::MAX / 4;

/// The column of each row, each column at most once, so that the sum of the gains is the largest;
/// `None` for rows left over where there are fewer columns. Gains stand row by row and are 0 or more.
///
/// Of several best assignments it is the first in the order of the alphabet: the first row has the
/// first column that it has in any of them, and so on. In whole numbers, so that ties are ties.
pub(super) fn largest_gain(gains: &[u64], rows: usize, columns: usize) -> Vec<Option<usize>> {
    let order = rows.max(columns);
    // Padded with gains of 0 to a square; costs are losses against the largest.
    let top = gains.iter().copied().max().unwrap_or(0);
    let cost = |row: usize, column: usize| {
        let gain = if row < rows && column < columns {
            gains[row * columns + column]
        } else {
            0
        };
        i128::from(top - gain)
    };
    let mut solved = shortest_paths(order, cost);
    solved.first_of_ties(cost);
    let column = |row: usize| solved.column_of[row];
    (0..rows)
        .map(|row| Some(column(row)).filter(|&at| at < columns))
        .collect()
}

/// A best assignment of a square, with prices that prove it: `cost >= row price + column price`, and
/// equal where a row has its column.
struct Solved {
    column_of: Vec<usize>,
    row_of: Vec<usize>,
    row_price: Vec<i128>,
    column_price: Vec<i128>,
}

/// Rows are taken in one by one, each by the cheapest path of changes.
fn shortest_paths(order: usize, cost: impl Fn(usize, usize) -> i128) -> Solved {
    // Column `order` stands for the row that comes in.
    let mut row_of = vec![usize::MAX; order + 1];
    let mut row_price = vec![0i128; order];
    let mut column_price = vec![0i128; order + 1];
    for entering in 0..order {
        row_of[order] = entering;
        let mut here = order;
        let mut reach = vec![FAR; order];
        let mut before = vec![order; order];
        let mut done = vec![false; order + 1];
        loop {
            done[here] = true;
            let row = row_of[here];
            let (mut step, mut next) = (FAR, order);
            for column in (0..order).filter(|&column| !done[column]) {
                let reduced = cost(row, column) - row_price[row] - column_price[column];
                if reduced < reach[column] {
                    (reach[column], before[column]) = (reduced, here);
                }
                if reach[column] < step {
                    (step, next) = (reach[column], column);
                }
            }
            for column in 0..=order {
                if done[column] {
                    row_price[row_of[column]] += step;
                    column_price[column] -= step;
                } else {
                    reach[column] -= step;
                }
            }
            here = next;
            if row_of[here] == usize::MAX {
                break;
            }
        }
        while here != order {
            let from = before[here];
            row_of[here] = row_of[from];
            here = from;
        }
    }
    row_of.pop();
    let mut column_of = vec![0; order];
    for (column, &row) in row_of.iter().enumerate() {
        column_of[row] = column;
    }
    Solved {
        column_of,
        row_of,
        row_price,
        column_price,
    }
}

impl Solved {
    /// Of all best assignments, which are those of tight pairs, the first in the order of the alphabet.
    fn first_of_ties(&mut self, cost: impl Fn(usize, usize) -> i128) {
        let order = self.column_of.len();
        let (row_price, column_price) = (self.row_price.clone(), self.column_price.clone());
        let tight =
            |row: usize, column: usize| cost(row, column) == row_price[row] + column_price[column];
        for row in 0..order {
            let mut refused = vec![false; order];
            for column in 0..self.column_of[row] {
                // Rows before this one keep their columns.
                let open = self.row_of[column] > row && tight(row, column);
                if open && self.give(row, column, &tight, &mut refused) {
                    break;
                }
            }
        }
    }

    /// Gives a row another column, if those who come after it can make room. Columns that were found
    /// to lead nowhere stay refused.
    fn give(
        &mut self,
        row: usize,
        wanted: usize,
        tight: &impl Fn(usize, usize) -> bool,
        refused: &mut [bool],
    ) -> bool {
        let order = self.column_of.len();
        let freed = self.column_of[row];
        // A search of the columns that the owner of the wanted one can move to, up to the freed one.
        let mut before = vec![usize::MAX; order];
        let mut queue = vec![wanted];
        let mut seen = refused.to_vec();
        seen[wanted] = true;
        let mut at = 0;
        while at < queue.len() {
            let column = queue[at];
            at += 1;
            let owner = self.row_of[column];
            for next in 0..order {
                let open = next == freed || self.row_of[next] > row;
                if seen[next] || !open || !tight(owner, next) {
                    continue;
                }
                seen[next] = true;
                before[next] = column;
                if next == freed {
                    let mut to = freed;
                    while to != wanted {
                        let from = before[to];
                        let moved = self.row_of[from];
                        (self.row_of[to], self.column_of[moved]) = (moved, to);
                        to = from;
                    }
                    (self.row_of[wanted], self.column_of[row]) = (row, wanted);
                    return true;
                }
                queue.push(next);
            }
        }
        for column in queue {
            refused[column] = true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The field's example, in costs [[4, 1, 3], [2, 0, 5], [3, 2, 2]]: columns 1, 0, 2, cost 5.
    #[test]
    fn the_golden_assignment() {
        let costs = [4u64, 1, 3, 2, 0, 5, 3, 2, 2];
        let gains = costs.map(|cost| 5 - cost);
        let columns = largest_gain(&gains, 3, 3);
        assert_eq!(columns, [Some(1), Some(0), Some(2)]);
        let cost: u64 = columns
            .iter()
            .enumerate()
            .map(|(row, at)| costs[row * 3 + at.unwrap()])
            .sum();
        assert_eq!(cost, 5);
    }

    #[test]
    fn the_best_pair_first_is_not_the_best() {
        // Greedy takes 10 and is left with 0; 9 + 8 is more.
        assert_eq!(largest_gain(&[10, 9, 8, 0], 2, 2), [Some(1), Some(0)]);
        assert_eq!(largest_gain(&[], 0, 0), []);
        assert_eq!(largest_gain(&[], 2, 0), [None, None]);
        assert_eq!(
            largest_gain(&[u64::MAX, 0, 0, u64::MAX], 2, 2),
            [Some(0), Some(1)]
        );
    }

    /// All assignments of a padded square, by rising columns of the first row, then of the second.
    fn brute(gains: &[u64], rows: usize, columns: usize) -> Vec<Option<usize>> {
        fn go(
            gains: &[u64],
            (rows, columns): (usize, usize),
            taken: &mut Vec<usize>,
            sum: u64,
            best: &mut Option<(u64, Vec<usize>)>,
        ) {
            let order = rows.max(columns);
            if taken.len() == order {
                if best.as_ref().is_none_or(|(most, _)| sum > *most) {
                    *best = Some((sum, taken.clone()));
                }
                return;
            }
            for column in 0..order {
                if !taken.contains(&column) {
                    let row = taken.len();
                    let inside = row < rows && column < columns;
                    let gain = if inside {
                        gains[row * columns + column]
                    } else {
                        0
                    };
                    taken.push(column);
                    go(gains, (rows, columns), taken, sum + gain, best);
                    taken.pop();
                }
            }
        }
        let mut best = None;
        go(gains, (rows, columns), &mut Vec::new(), 0, &mut best);
        let (_, found) = best.unwrap();
        found[..rows]
            .iter()
            .map(|&at| Some(at).filter(|&at| at < columns))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn it_is_the_first_of_the_best_of_all(
            rows in 1usize..6, columns in 1usize..6, most in 1u64..40,
            seeds in prop::collection::vec(0u64..1_000_000, 25),
        ) {
            let gains: Vec<u64> = seeds[..rows * columns].iter().map(|seed| seed % most).collect();
            prop_assert_eq!(largest_gain(&gains, rows, columns), brute(&gains, rows, columns));
        }
    }
}
