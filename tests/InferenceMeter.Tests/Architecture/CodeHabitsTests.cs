namespace InferenceMeter.Tests.Architecture;

/// <summary>The code of both projects keeps to <see cref="Habits"/>.</summary>
public sealed class CodeHabitsTests
{
    private static readonly IReadOnlyList<SourceFile> Sources = SourceFile.Below(Path.Combine(Repository.Root, "src"));
    private static readonly IReadOnlyList<SourceFile> Tests = SourceFile.Below(Path.Combine(Repository.Root, "tests"));

    [Fact]
    public void No_record_has_more_than_four_positional_members() =>
        AssertNone(Sources.SelectMany(Habits.LongPositionalRecords));

    [Fact]
    public void No_constructor_takes_more_than_eight_parameters() =>
        AssertNone(Sources.SelectMany(Habits.LongConstructors));

    [Fact]
    public void No_conditional_expression_is_inside_another() =>
        AssertNone(Sources.Concat(Tests).SelectMany(Habits.NestedConditionals));

    [Fact]
    public void No_tuple_assigns_more_than_two_at_once() =>
        AssertNone(Sources.Concat(Tests).SelectMany(Habits.LongTupleAssignments));

    [Fact]
    public void No_line_has_two_statements() => AssertNone(Sources.Concat(Tests).SelectMany(Habits.CrowdedLines));

    [Fact]
    public void No_text_of_the_core_names_an_option_of_the_command_line() =>
        AssertNone(House.Core.Files.SelectMany(Habits.CommandLineOptions));

    [Fact]
    public void No_file_is_longer_than_four_hundred_lines() =>
        AssertNone(Sources.Concat(Tests).SelectMany(Habits.LongFiles));

    [Theory]
    [InlineData("record Five(int A, int B, int C, int D, int E);")]
    [InlineData("readonly record struct Five(int A, Func<int, int> B, (int, int) C, int D, string? E = null);")]
    public void A_long_positional_record_is_found(string code) =>
        Assert.Single(Habits.LongPositionalRecords(File(code)));

    [Theory]
    [InlineData("record Four(int A, Func<int, int> B, (int X, int Y) C, string? D = null);")]
    [InlineData("class Five(int A, int B, int C, int D, int E);")]
    public void A_short_or_other_one_is_not(string code) => Assert.Empty(Habits.LongPositionalRecords(File(code)));

    [Theory]
    [InlineData("class A { public A(int a, int b, int c, int d, int e, int f, int g, int h, int i) { } }")]
    [InlineData("class A(int a, int b, int c, int d, int e, int f, int g, int h, int i);")]
    public void A_long_constructor_is_found(string code) => Assert.Single(Habits.LongConstructors(File(code)));

    [Theory]
    [InlineData("var a = b ? 1 : c ? 2 : 3;")]
    [InlineData("var a = b ? (c ? 1 : 2) : 3;")]
    public void A_nested_conditional_is_found(string code) => Assert.Single(Habits.NestedConditionals(File(code)));

    [Theory]
    [InlineData("var a = (b ? 1 : 2) + (c ? 3 : 4);")]
    [InlineData("var a = b ? $\"image{(c ? 1 : 2)}\" : null;")]
    [InlineData("var a = b ? list.Select(one => one ? 1 : 2) : [];")]
    public void Two_conditionals_beside_each_other_are_not(string code) =>
        Assert.Empty(Habits.NestedConditionals(File(code)));

    [Fact]
    public void A_long_tuple_assignment_is_found() =>
        Assert.Single(Habits.LongTupleAssignments(File("(a, b) = (1, 2);\n(a, b, c) = (1, 2, 3);")));

    [Fact]
    public void A_line_with_two_statements_is_found() =>
        Assert.Equal(["A.cs:2 Two();"], Habits.CrowdedLines(File("void A()\n{ One(); Two();\nThree(); }")));

    [Theory]
    [InlineData("throw new E(\"give --images a folder\");")]
    [InlineData("throw new E($\"--images {folder} is empty\");")]
    [InlineData("throw new E(\"\"\"leave --resume away\"\"\");")]
    public void An_option_in_a_text_is_found(string code) => Assert.Single(Habits.CommandLineOptions(File(code)));

    [Theory]
    [InlineData("var a = \"1 -- 2\"; a--; // --images")]
    [InlineData("var a = \"-----begin\";")]
    public void Other_dashes_are_not(string code) => Assert.Empty(Habits.CommandLineOptions(File(code)));

    [Fact]
    public void A_long_file_is_found() =>
        Assert.Equal(["A.cs has 401 lines"], Habits.LongFiles(File(new string('\n', 401))));

    /// <summary>Lists all of them, so that one run is enough to mend them.</summary>
    private static void AssertNone(IEnumerable<string> violations)
    {
        var found = violations.ToArray();
        Assert.True(found.Length == 0, string.Join('\n', found));
    }

    private static SourceFile File(string code) => new("A.cs", code);
}
