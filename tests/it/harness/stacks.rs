//! Tests that are told once and run on both stacks.

/// Makes two tests of each function that is named: of `async fn a_sentence(stack: Stack)`, `a_sentence::remote` and
/// `a_sentence::embedded`. It stands above them, and tells what the file has to say. What is about servers, the links to them, or
/// several processes is an ordinary test, on the remote stack.
macro_rules! on_both_stacks {
    ($($sentence:ident),+ $(,)?) => {$(
        mod $sentence {
            use $crate::harness::Stack;

            #[tokio::test(flavor = "multi_thread")]
            async fn remote() {
                super::$sentence(Stack::Remote).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn embedded() {
                super::$sentence(Stack::Embedded).await;
            }
        }
    )+};
}

pub(crate) use on_both_stacks;
