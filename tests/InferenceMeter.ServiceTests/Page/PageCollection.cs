namespace InferenceMeter.ServiceTests.Page;

/// <summary>One browser and one meter for all tests of the page, one test at a time.</summary>
[CollectionDefinition(Name)]
public sealed class PageCollection : ICollectionFixture<Browser>, ICollectionFixture<PageMeter>
{
    public const string Name = "page";
}
