//! The proof of no allocation can fail.

use benches::{CountingAllocator, assert_no_allocations};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn arithmetic_passes() {
    assert_eq!(assert_no_allocations(|| std::hint::black_box(1) + 1), 2);
}

#[test]
#[should_panic(expected = "asked for memory 1 times")]
fn a_vector_does_not() {
    assert_no_allocations(|| std::hint::black_box(vec![1_u8]));
}

#[test]
#[should_panic(expected = "asked for memory 2 times")]
fn nor_does_one_that_grows() {
    assert_no_allocations(|| {
        let mut bytes = std::hint::black_box(Vec::<u8>::with_capacity(8));
        bytes.extend_from_slice(&[0; 64]);
        std::hint::black_box(bytes);
    });
}
