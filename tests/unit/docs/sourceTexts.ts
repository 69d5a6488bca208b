import ts from "typescript";

/** The comments, strings and templates of a TypeScript or JavaScript file, each on one line and without quoted code. */
export function sourceTexts(content: string): string[] {
    const source = ts.createSourceFile("a.ts", content, ts.ScriptTarget.Latest, true);
    const comments = new Map<number, string>();
    const strings: string[] = [];
    const visit = (node: ts.Node, partOf?: string) => {
        const text = textOf(node);
        if (text !== undefined && partOf === undefined && !ts.isImportDeclaration(node.parent)) {
            strings.push(text);
        }
        const inner = node.getChildren(source).filter(({ kind }) => !isJsDoc(kind));
        if (inner.length === 0) {
            for (const { pos, end } of commentsAround(content, node)) {
                comments.set(pos, content.slice(pos, end));
            }
        }
        inner.forEach((child) => visit(child, ts.isBinaryExpression(node) ? text : undefined));
    };
    visit(source);
    return [...joined(comments, content), ...strings].map(withoutCode).filter((text) => /[a-z]/i.test(text));
}

/** The lines of any other file, without comment signs and without code. */
export function plainText(content: string): string {
    return withoutCode(content.replaceAll(/^\s*(#|\/\/)/gm, ""));
}

/** What a string says; the values in it become an X. */
function textOf(node: ts.Node): string | undefined {
    if (ts.isStringLiteralLike(node)) {
        return node.text;
    }
    if (ts.isTemplateExpression(node)) {
        return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("X");
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
        const [left, right] = [textOf(node.left), textOf(node.right)];
        return left === undefined && right === undefined ? undefined : `${left ?? "X"}${right ?? "X"}`;
    }
    return undefined;
}

function isJsDoc(kind: ts.SyntaxKind): boolean {
    return kind >= ts.SyntaxKind.FirstJSDocNode && kind <= ts.SyntaxKind.LastJSDocNode;
}

function commentsAround(content: string, token: ts.Node): ts.CommentRange[] {
    return [
        ...(ts.getLeadingCommentRanges(content, token.pos) ?? []),
        ...(ts.getTrailingCommentRanges(content, token.end) ?? []),
    ];
}

/** Comments, with those that follow each other line by line as one. */
function joined(comments: Map<number, string>, content: string): string[] {
    const texts: string[] = [];
    let end = -1;
    for (const [pos, comment] of [...comments].sort(([a], [b]) => a - b)) {
        const words = comment.replaceAll(/^\s*(\/\*\*?|\/\/|\*(?!\/))|\*\/$/gm, "");
        const continues = end >= 0 && /^\n[ \t]*$/.test(content.slice(end, pos));
        texts.push(continues ? `${texts.pop()} ${words}` : words);
        end = comment.startsWith("//") ? pos + comment.length : -1;
    }
    return texts;
}

/** Code in backticks, and links of TSDoc, become an X. */
function withoutCode(text: string): string {
    return text
        .replaceAll(/`[^`]*`|\{@link [^}]*\}/g, "X")
        .replaceAll(/\s+/g, " ")
        .trim();
}
