// Several of these tests measure throughput: side by side they would measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
